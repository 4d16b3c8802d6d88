//! Pure rules: experts and auxiliary staff, who help and never enforce (专家名录库、执法辅助人员; ENF-03).
//!
//! They are a registry of their own: nothing here can become an inspector, and no team counts them. Called by the app.

use domain::vocabulary::Role;

domain::define_words! {
    /// Kind of a helper (协助人员类别).
    pub enum HelperKind {
        /// Gives expert opinion (专家).
        Expert = "expert", "专家", [];
        /// Assists inspectors (执法辅助人员).
        AuxiliaryStaff = "auxiliary_staff", "执法辅助人员", ["辅助人员"];
        /// Watches over a grid (网格员).
        GridWorker = "grid_worker", "网格员", [];
    }
}

domain::define_words! {
    /// State of a helper.
    pub enum HelperState {
        /// May be asked for help.
        Active = "active", "在库", [];
        /// No longer.
        Left = "left", "已退出", [];
    }
}

/// Who keeps the registry.
pub const KEEPERS: [Role; 4] = [Role::LeadHead, Role::LeadEditor, Role::CoopEditor, Role::Organiser];
