local ext = get_current_extension_info()

project_ext(ext)

-- config/ is linked by project_ext.
repo_build.prebuild_link {
    { "data", ext.target_dir .. "/data" },
    { "docs", ext.target_dir .. "/docs" },
    { "boxfit_kit", ext.target_dir .. "/boxfit_kit" },
}
