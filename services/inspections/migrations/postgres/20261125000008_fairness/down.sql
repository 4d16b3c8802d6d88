-- 1
ALTER TABLE draw_inspector DROP COLUMN narrowed;
ALTER TABLE draw_inspector DROP COLUMN left_code;
-- 2
DROP INDEX draw_redraw_of;
CREATE INDEX draw_redraw_of ON draw (redraw_of);
