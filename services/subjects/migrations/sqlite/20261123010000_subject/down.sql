DROP TABLE subject_tag;
DROP TABLE tag_scheme;
DROP TABLE subject_lineage;
DROP TABLE subject_history;
DROP TABLE subject_fts;
DROP TABLE subject_department;
DROP TABLE subject;
