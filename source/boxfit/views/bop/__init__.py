"""Reader of scene folders of BOP; docs/bop-format.md describes them."""
