-- For `repo build` in a kit-app-template checkout: docs/install-in-kit.md says how. Nothing is compiled.
repo_build = require("omni/repo/build")
root = repo_build.get_abs_path(".")

-- Defines project_ext, define_app and their kind as globals, so it comes first.
kit = require("_repo/deps/repo_kit_tools/kit-template/premake5-kit")
kit.setup_all({ cppdialect = "C++17" })

-- setup_all looks for extensions in source/extensions alone.
for _, folder in ipairs(os.matchdirs(root .. "/exts/*")) do
    if os.isfile(folder .. "/premake5.lua") then
        include(folder)
    end
end

repo_build.prebuild_copy {
    { "%{root}/tools/deps/user.toml", "%{root}/_build/deps/user.toml" },
}

define_app("boxfit_kit.app.kit")
