local ext = get_current_extension_info()

project_ext(ext)

-- config/ is linked by project_ext. The library and pip's packages are inside the built extension.
repo_build.prebuild_link {
    { "data", ext.target_dir .. "/data" },
    { "docs", ext.target_dir .. "/docs" },
    { "boxfit_kit", ext.target_dir .. "/boxfit_kit" },
    { "%{root}/source/boxfit", ext.target_dir .. "/boxfit" },
    { "%{root}/_build/target-deps/boxfit_pip_prebundle", ext.target_dir .. "/pip_prebundle" },
}
