-- 1: the pool stays as it was frozen; what the assignment narrowed stands beside it, so that teams can be made anew.
ALTER TABLE draw_inspector ADD COLUMN left_code TEXT;
ALTER TABLE draw_inspector ADD COLUMN narrowed TEXT;
-- 2: a void draw has one successor. Of several that there may be, the first keeps the link; the others keep its number in their settings.
UPDATE draw SET redraw_of = NULL WHERE EXISTS (SELECT 1 FROM draw AS o WHERE o.redraw_of = draw.redraw_of AND o.id < draw.id);
DROP INDEX draw_redraw_of;
CREATE UNIQUE INDEX draw_redraw_of ON draw (redraw_of);
