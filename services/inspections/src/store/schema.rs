//! diesel's picture of the tables (migrations `20261125000001_registries` … `20261125000007_reasons_accounts`). Called by the store
//! functions only. Tables of different groups (`allow_tables_to_appear_in_same_query!`) are not joined.

diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    transition (aggregate, aggregate_id, number) {
        aggregate -> Text,
        aggregate_id -> SqlUid,
        number -> BigInt,
        from_state -> Text,
        verb -> Text,
        to_state -> Text,
        actor -> Text,
        organ_code -> Text,
        role -> Text,
        at -> SqlStamp,
        reason -> Nullable<Text>,
        rule_ids -> SqlTextList,
        rule_pack -> Nullable<Text>,
        evidence -> SqlJson,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    township_team (id) {
        id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        name -> Text,
        fields -> SqlTextList,
        basis -> Nullable<Text>,
        basis_published_on -> Nullable<SqlDay>,
        powers -> SqlTextList,
        is_active -> Bool,
        note -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    inspector (id) {
        id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        team_id -> Nullable<SqlUid>,
        staff_no -> Nullable<Text>,
        name_sealed -> Text,
        name_lookup -> Text,
        id_number_sealed -> Nullable<Text>,
        id_number_lookup -> Nullable<Text>,
        mobile_sealed -> Nullable<Text>,
        gender -> Nullable<Text>,
        education -> Nullable<Text>,
        major -> Nullable<Text>,
        post_category -> Nullable<Text>,
        post_since -> Nullable<SqlDay>,
        level -> Nullable<Text>,
        position -> Nullable<Text>,
        position_title -> Nullable<Text>,
        unit -> Nullable<Text>,
        is_leader -> Bool,
        duties -> SqlTextList,
        state -> Text,
        state_reason -> Nullable<Text>,
        certified_until -> Nullable<SqlDay>,
        trained_until -> Nullable<SqlDay>,
        transitions -> BigInt,
        note -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    inspector_certificate (id) {
        id -> SqlUid,
        inspector_id -> SqlUid,
        kind -> Text,
        number -> Text,
        issuer -> Text,
        valid_from -> SqlDay,
        valid_to -> SqlDay,
        revoked_on -> Nullable<SqlDay>,
        revoked_reason -> Nullable<Text>,
        created_by -> Text,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    inspector_tag (inspector_id, kind, tag) {
        inspector_id -> SqlUid,
        kind -> Text,
        tag -> Text,
        valid_from -> Nullable<SqlDay>,
        valid_to -> Nullable<SqlDay>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    training_record (id) {
        id -> SqlUid,
        inspector_id -> SqlUid,
        title -> Text,
        minutes -> BigInt,
        held_on -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        provider -> Nullable<Text>,
        is_passed -> Bool,
        note -> Nullable<Text>,
        created_by -> Text,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    expert (id) {
        id -> SqlUid,
        kind -> Text,
        organ_code -> Text,
        region_code -> Text,
        name_sealed -> Text,
        name_lookup -> Text,
        mobile_sealed -> Nullable<Text>,
        employer -> Nullable<Text>,
        title -> Nullable<Text>,
        tags -> SqlTextList,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        state -> Text,
        state_reason -> Nullable<Text>,
        transitions -> BigInt,
        note -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    recusal (id) {
        id -> SqlUid,
        kind -> Text,
        inspector_id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> Nullable<SqlUid>,
        subject_identifier -> Nullable<Text>,
        subject_name -> Nullable<Text>,
        visit_id -> Nullable<SqlUid>,
        ground -> Text,
        explanation_sealed -> Nullable<Text>,
        state -> Text,
        raised_by -> Text,
        raised_at -> SqlStamp,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<SqlStamp>,
        decision_reason -> Nullable<Text>,
        valid_from -> SqlDay,
        valid_to -> Nullable<SqlDay>,
        transitions -> BigInt,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_cap (organ_code, year, field) {
        organ_code -> Text,
        year -> BigInt,
        field -> Text,
        cap -> BigInt,
        legal_minimum -> Nullable<BigInt>,
        published_on -> SqlDay,
        source -> Text,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    plan (id) {
        id -> SqlUid,
        code -> Text,
        year -> BigInt,
        name -> Text,
        kind -> Text,
        lead_department -> Text,
        region_code -> Text,
        state -> Text,
        category -> Text,
        method -> Text,
        subject_desc -> Text,
        subject_filter -> SqlJson,
        quantity_text -> Nullable<Text>,
        quantity -> Nullable<SqlJson>,
        period_text -> Nullable<Text>,
        period_from -> Nullable<SqlDay>,
        period_to -> Nullable<SqlDay>,
        campaign_approval -> Nullable<SqlJson>,
        merged_into -> Nullable<SqlUid>,
        submitted_at -> Nullable<SqlStamp>,
        submitted_by -> Nullable<Text>,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
        lint_certificate_id -> Nullable<SqlUid>,
        transitions -> BigInt,
        note -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    plan_part (plan_id, position) {
        plan_id -> SqlUid,
        position -> BigInt,
        department -> Text,
        department_text -> Nullable<Text>,
        role -> Text,
        item_id -> Nullable<SqlUid>,
        item_version -> Nullable<BigInt>,
        item_number -> Nullable<Text>,
        item_text -> Text,
        subject_desc -> Nullable<Text>,
        quantity_text -> Nullable<Text>,
        quantity -> Nullable<SqlJson>,
        period_text -> Nullable<Text>,
        period_from -> Nullable<SqlDay>,
        period_to -> Nullable<SqlDay>,
        signature -> Text,
        signed_by -> Nullable<Text>,
        signed_at -> Nullable<SqlStamp>,
        signature_note -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    plan_stratum (plan_id, position) {
        plan_id -> SqlUid,
        position -> BigInt,
        name -> Text,
        risk_class -> Nullable<Text>,
        filter -> Nullable<SqlJson>,
        ratio_per_ten_thousand -> Nullable<BigInt>,
        quantity -> Nullable<BigInt>,
        frequency_per_year -> Nullable<BigInt>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    lint_certificate (id) {
        id -> SqlUid,
        plan_id -> SqlUid,
        plan_version -> BigInt,
        fact_date -> SqlDay,
        pack_version -> Text,
        pack_digest -> Text,
        plan_digest -> Text,
        verdict -> Text,
        verdicts -> SqlJson,
        digest -> Text,
        created_by -> Text,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw (id) {
        id -> SqlUid,
        code -> Text,
        plan_id -> Nullable<SqlUid>,
        plan_code -> Text,
        lead_department -> Text,
        departments -> SqlTextList,
        region_code -> Text,
        algorithm -> Text,
        kind -> Text,
        state -> Text,
        reserve -> BigInt,
        team_size -> BigInt,
        frame_size -> BigInt,
        frame_frozen_at -> Nullable<SqlStamp>,
        seed_sealed -> Nullable<Text>,
        seed_revealed -> Nullable<Text>,
        commit_hash -> Nullable<Text>,
        committed_at -> Nullable<SqlStamp>,
        entropy_moment -> Nullable<SqlStamp>,
        public_entropy -> Nullable<Text>,
        drawn_at -> Nullable<SqlStamp>,
        settings -> SqlJson,
        redraw_of -> Nullable<SqlUid>,
        void_reason -> Nullable<Text>,
        void_requested_by -> Nullable<Text>,
        voided_by -> Nullable<Text>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_stratum (draw_id, name) {
        draw_id -> SqlUid,
        name -> Text,
        position -> BigInt,
        filter -> Nullable<SqlJson>,
        frame_size -> BigInt,
        sample_size -> BigInt,
        params -> Text,
        params_hash -> Nullable<Text>,
        frame_root -> Nullable<Text>,
        threshold -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_frame_chunk (draw_id, stratum, number) {
        draw_id -> SqlUid,
        stratum -> Text,
        number -> BigInt,
        size -> BigInt,
        ids -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_exclusion (draw_id, subject_key) {
        draw_id -> SqlUid,
        subject_key -> Text,
        stratum -> Text,
        code -> Text,
        note -> Nullable<Text>,
        excluded_by -> Text,
        excluded_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_entropy (draw_id, position) {
        draw_id -> SqlUid,
        position -> BigInt,
        kind -> Text,
        name -> Text,
        organ_code -> Nullable<Text>,
        commit_hash -> Nullable<Text>,
        committed_by -> Nullable<Text>,
        committed_at -> Nullable<SqlStamp>,
        value -> Nullable<Text>,
        revealed_by -> Nullable<Text>,
        revealed_at -> Nullable<SqlStamp>,
        is_no_show -> Bool,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_organ (draw_id, organ_code) {
        draw_id -> SqlUid,
        organ_code -> Text,
        role -> Text,
        team_size -> BigInt,
        qualifications -> SqlTextList,
        item_id -> Nullable<SqlUid>,
        item_version -> Nullable<BigInt>,
        item_text -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_inspector (draw_id, inspector_id) {
        draw_id -> SqlUid,
        inspector_id -> SqlUid,
        organ_code -> Text,
        inspector_key -> Text,
        tags -> SqlTextList,
        certified_until -> SqlDay,
        recused_keys -> SqlTextList,
        load_before -> BigInt,
        left_code -> Nullable<Text>,
        narrowed -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_person (draw_id, entry) {
        draw_id -> SqlUid,
        entry -> Text,
        id_sealed -> Text,
        subject_id -> Nullable<SqlUid>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    draw_pick (draw_id, stratum, rank) {
        draw_id -> SqlUid,
        stratum -> Text,
        rank -> BigInt,
        subject_key -> Text,
        subject_id -> Nullable<SqlUid>,
        subject_name -> Nullable<Text>,
        score -> Text,
        state -> Text,
        replaced_by -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        salt_sealed -> Nullable<Text>,
        visit_id -> Nullable<SqlUid>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit (id) {
        id -> SqlUid,
        code -> Text,
        plan_id -> Nullable<SqlUid>,
        draw_id -> Nullable<SqlUid>,
        kind -> Text,
        trigger_ground -> Nullable<Text>,
        method -> Text,
        on_site -> Bool,
        lead_department -> Text,
        departments -> SqlTextList,
        region_code -> Text,
        subject_id -> SqlUid,
        subject_identifier -> Text,
        subject_name -> Text,
        subject_address -> Nullable<Text>,
        state -> Text,
        planned_from -> SqlDay,
        planned_to -> SqlDay,
        scheduled_on -> Nullable<SqlDay>,
        reschedules -> BigInt,
        emergency_reason -> Nullable<Text>,
        assistance -> Nullable<Text>,
        combined_into -> Nullable<SqlUid>,
        is_combined -> Bool,
        closed_at -> Nullable<SqlStamp>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
        reasons -> Nullable<SqlJson>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_task (id) {
        id -> SqlUid,
        visit_id -> SqlUid,
        organ_code -> Text,
        role -> Text,
        region_code -> Text,
        item_id -> Nullable<SqlUid>,
        item_version -> Nullable<BigInt>,
        item_number -> Nullable<Text>,
        item_text -> Text,
        state -> Text,
        national_state -> Text,
        claimed_at -> Nullable<SqlStamp>,
        finished_at -> Nullable<SqlStamp>,
        fed_back_at -> Nullable<SqlStamp>,
        feedback -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<SqlStamp>,
        approval_due_at -> Nullable<SqlStamp>,
        notice_no -> Nullable<Text>,
        notified_at -> Nullable<SqlStamp>,
        notice_waiver -> Nullable<Text>,
        started_at -> Nullable<SqlStamp>,
        ended_at -> Nullable<SqlStamp>,
        expert_count -> BigInt,
        is_counted -> Bool,
        transitions -> BigInt,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_member (task_id, person_id) {
        task_id -> SqlUid,
        person_id -> SqlUid,
        visit_id -> SqlUid,
        organ_code -> Text,
        role -> Text,
        certificate_number -> Nullable<Text>,
        score -> Nullable<Text>,
        state -> Text,
        replaced_by -> Nullable<SqlUid>,
        reason -> Nullable<Text>,
        assigned_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_check_in (id) {
        id -> SqlUid,
        task_id -> SqlUid,
        at -> SqlStamp,
        place -> Text,
        datum -> Nullable<Text>,
        latitude -> Nullable<Text>,
        longitude -> Nullable<Text>,
        person_ids -> SqlTextList,
        code_shown -> Bool,
        certificates_shown_at -> Nullable<SqlStamp>,
        emergency_reason -> Nullable<Text>,
        recorded_by -> Text,
        created_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    site_record (task_id) {
        task_id -> SqlUid,
        content -> Text,
        findings -> Nullable<Text>,
        told_subject_at -> Nullable<SqlStamp>,
        signed_at -> Nullable<SqlStamp>,
        signature -> Text,
        refusal_reason -> Nullable<Text>,
        witness_sealed -> Nullable<Text>,
        video_evidence_id -> Nullable<SqlUid>,
        documents_asked -> SqlTextList,
        recorded_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_code (id) {
        id -> SqlUid,
        visit_id -> SqlUid,
        task_id -> Nullable<SqlUid>,
        digest -> Text,
        key_id -> Text,
        issued_by -> Text,
        issued_at -> SqlStamp,
        expires_at -> SqlStamp,
        revoked_at -> Nullable<SqlStamp>,
        revoked_reason -> Nullable<Text>,
        scans -> BigInt,
        last_scanned_at -> Nullable<SqlStamp>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    checklist_template (id) {
        id -> SqlUid,
        organ_code -> Text,
        item_id -> Nullable<SqlUid>,
        item_number -> Nullable<Text>,
        title -> Text,
        version -> BigInt,
        points -> SqlJson,
        is_active -> Bool,
        source -> Nullable<Text>,
        created_by -> Text,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    checklist (id) {
        id -> SqlUid,
        visit_id -> SqlUid,
        sources -> SqlJson,
        points_before_merge -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    checklist_point (checklist_id, position) {
        checklist_id -> SqlUid,
        position -> BigInt,
        point_key -> Text,
        content -> Text,
        method -> Nullable<Text>,
        basis -> Nullable<Text>,
        item_id -> Nullable<SqlUid>,
        organ_codes -> SqlTextList,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    checklist_answer (checklist_id, position, organ_code) {
        checklist_id -> SqlUid,
        position -> BigInt,
        organ_code -> Text,
        task_id -> SqlUid,
        answer -> Text,
        note -> Nullable<Text>,
        evidence_ids -> SqlTextList,
        answered_by -> Text,
        answered_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    visit_combination (id) {
        id -> SqlUid,
        subject_id -> SqlUid,
        subject_identifier -> Text,
        subject_name -> Text,
        region_code -> Text,
        visit_ids -> SqlTextList,
        departments -> SqlTextList,
        window_days -> BigInt,
        saving -> SqlJson,
        state -> Text,
        into_visit_id -> Nullable<SqlUid>,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<SqlStamp>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    entry (id) {
        id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> SqlUid,
        subject_identifier -> Text,
        subject_name -> Text,
        kind -> Text,
        entered_on -> SqlDay,
        minutes -> BigInt,
        persons -> BigInt,
        purpose -> Text,
        documents_asked -> SqlTextList,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    result (id) {
        id -> SqlUid,
        task_id -> SqlUid,
        visit_id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> SqlUid,
        subject_identifier -> Text,
        subject_name -> Text,
        scheme -> Text,
        codes -> SqlTextList,
        summary -> Text,
        state -> Text,
        outcome -> Nullable<Text>,
        entered_by -> Text,
        entered_at -> SqlStamp,
        entry_due_date -> Nullable<SqlDay>,
        entry_due_at -> Nullable<SqlStamp>,
        audited_by -> Nullable<Text>,
        audited_at -> Nullable<SqlStamp>,
        audit_note -> Nullable<Text>,
        final_at -> Nullable<SqlStamp>,
        publicity_due_date -> Nullable<SqlDay>,
        publicity_due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
        told_subject_at -> Nullable<SqlStamp>,
        transitions -> BigInt,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    correction (id) {
        id -> SqlUid,
        result_id -> SqlUid,
        visit_id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> SqlUid,
        order_no -> Text,
        problem -> Text,
        measures -> Nullable<Text>,
        state -> Text,
        ordered_on -> SqlDay,
        due_date -> SqlDay,
        due_at -> SqlStamp,
        due_calendar -> Text,
        extended_to -> Nullable<SqlDay>,
        extension_reason -> Nullable<Text>,
        reported_on -> Nullable<SqlDay>,
        report -> Nullable<Text>,
        recheck_on -> Nullable<SqlDay>,
        rechecked_on -> Nullable<SqlDay>,
        recheck_visit_id -> Nullable<SqlUid>,
        recheck_by -> Nullable<Text>,
        recheck_note -> Nullable<Text>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    disposal (id) {
        id -> SqlUid,
        result_id -> SqlUid,
        visit_id -> SqlUid,
        kind -> Text,
        organ_code -> Text,
        region_code -> Text,
        to_organ -> Nullable<Text>,
        reference -> Nullable<Text>,
        reason -> Text,
        state -> Text,
        opened_on -> SqlDay,
        closed_on -> Nullable<SqlDay>,
        outcome -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    evidence (id) {
        id -> SqlUid,
        visit_id -> Nullable<SqlUid>,
        task_id -> Nullable<SqlUid>,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> SqlUid,
        kind -> Text,
        title -> Text,
        file_name -> Text,
        media_type -> Text,
        size_bytes -> BigInt,
        sha256 -> Text,
        storage -> Text,
        storage_key -> Text,
        taken_at -> SqlStamp,
        taken_by -> Text,
        place -> Text,
        device -> Nullable<Text>,
        is_personal -> Bool,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    evidence_custody (evidence_id, number) {
        evidence_id -> SqlUid,
        number -> BigInt,
        action -> Text,
        actor -> Text,
        organ_code -> Text,
        to_organ -> Nullable<Text>,
        at -> SqlStamp,
        note -> Nullable<Text>,
        sha256 -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    evidence_recognition (id) {
        id -> SqlUid,
        evidence_id -> SqlUid,
        offered_by -> Text,
        offered_to -> Text,
        offered_at -> SqlStamp,
        note -> Nullable<Text>,
        state -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<SqlStamp>,
        reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    rating (id) {
        id -> SqlUid,
        visit_id -> SqlUid,
        token_digest -> Text,
        issued_at -> SqlStamp,
        expires_at -> SqlStamp,
        used_at -> Nullable<SqlStamp>,
        score -> Nullable<BigInt>,
        answers -> Nullable<SqlJson>,
        comment_sealed -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    publicity_record (id) {
        id -> SqlUid,
        kind -> Text,
        source_id -> SqlUid,
        organ_code -> Text,
        region_code -> Text,
        subject_id -> Nullable<SqlUid>,
        subject_identifier -> Nullable<Text>,
        title -> Text,
        state -> Text,
        content -> SqlJson,
        is_personal -> Bool,
        reviewed_by -> Nullable<Text>,
        reviewed_at -> Nullable<SqlStamp>,
        review_reason -> Nullable<Text>,
        withholding_approved_by -> Nullable<Text>,
        withholding_approved_at -> Nullable<SqlStamp>,
        due_date -> Nullable<SqlDay>,
        due_at -> Nullable<SqlStamp>,
        due_calendar -> Nullable<Text>,
        published_at -> Nullable<SqlStamp>,
        published_by -> Nullable<Text>,
        expires_on -> Nullable<SqlDay>,
        withdraw_reason -> Nullable<Text>,
        withdraw_due_at -> Nullable<SqlStamp>,
        withdrawn_at -> Nullable<SqlStamp>,
        replaces -> Nullable<SqlUid>,
        transitions -> BigInt,
        created_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    publicity_channel (record_id, channel, number) {
        record_id -> SqlUid,
        channel -> Text,
        number -> BigInt,
        action -> Text,
        state -> Text,
        requested_at -> SqlStamp,
        acknowledged_at -> Nullable<SqlStamp>,
        acknowledged_by -> Nullable<Text>,
        reference -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    plan_reason (plan_id, kind) {
        plan_id -> SqlUid,
        kind -> Text,
        code -> Nullable<Text>,
        reason -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    inspector_account (inspector_id) {
        inspector_id -> SqlUid,
        account -> Text,
        organ_code -> Text,
        linked_by -> Text,
        linked_at -> SqlStamp,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    organ_setting (organ_code) {
        organ_code -> Text,
        linked_field_work -> Bool,
        updated_by -> Text,
        version -> BigInt,
        created_at -> SqlStamp,
        updated_at -> SqlStamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(
    transition,
    township_team,
    inspector,
    inspector_certificate,
    inspector_tag,
    training_record,
    expert,
    recusal,
    visit_cap
);
diesel::allow_tables_to_appear_in_same_query!(plan, plan_part, plan_stratum, plan_reason, lint_certificate);
diesel::allow_tables_to_appear_in_same_query!(
    draw,
    draw_stratum,
    draw_frame_chunk,
    draw_exclusion,
    draw_entropy,
    draw_organ,
    draw_inspector,
    draw_person,
    draw_pick
);
diesel::allow_tables_to_appear_in_same_query!(
    visit,
    visit_task,
    visit_member,
    visit_check_in,
    site_record,
    visit_code,
    checklist_template,
    checklist,
    checklist_point,
    checklist_answer,
    visit_combination,
    entry,
    result,
    correction,
    disposal,
    evidence,
    evidence_custody,
    evidence_recognition,
    rating,
    publicity_record,
    publicity_channel
);
// The lint of a draw looks whose inspectors were frozen.
diesel::allow_tables_to_appear_in_same_query!(inspector, draw_inspector);
