//! Pure rules: entries into a subject's premises that are no inspection (观摩、督导、考察、调研; ENF-14).
//!
//! They are recorded and counted in the subject's burden. They never become an inspection: who wants to check something
//! plans a visit. Called by the entry app functions and the burden ledger.

domain::define_words! {
    /// Why somebody entered without inspecting (非检查入企类型).
    pub enum EntryKind {
        /// To be shown something.
        Observation = "observation", "观摩", [];
        /// To see whether a task is carried out.
        Guidance = "guidance", "督导", [];
        /// To look at a place before a decision.
        StudyTour = "study_tour", "考察", [];
        /// To ask and to learn.
        Research = "research", "调研", ["走访", "服务"];
    }
}
