from boxfit.settings.naming import as_flags, rename_settings


def test_names_of_settings_become_flags() -> None:
    assert (
        as_flags("overwrite it (force), or write into it (into)") == "overwrite it (--force), or write into it (--into)"
    )
    assert as_flags("it is Z (source_up Z)") == "it is Z (--source-up Z)"
    assert as_flags("leave them out (views, exclude).") == "leave them out (--views, --exclude)."
    assert as_flags("name one (format bop or plain)") == "name one (--format bop or plain)"


def test_other_words_in_parentheses_stay() -> None:
    for text in ("its asset (teapot)", "3 of 24 views (0, 4, 7)", "of (label, mug)", "(n, 3)", "no (Force)", "()"):
        assert as_flags(text) == text


def test_settings_can_have_other_names() -> None:
    assert rename_settings("state it (source_up)", str.upper) == "state it (SOURCE_UP)"
