-- Stand-in for the module of repo_kit_tools: defines the globals that an extension's premake5.lua calls.
local kit = {}

function kit.setup_all(options)
    workspace "all"
    configurations { "debug", "release" }

    function get_current_extension_info()
        local name = path.getname(os.getcwd())
        return { name = name, id = name, target_dir = root .. "/_build/exts/" .. name }
    end

    function project_ext(ext)
        print("extension " .. ext.id)
        project(ext.id)
        kind "None"
    end

    function define_app(file)
        print("app " .. file)
        project(file)
        kind "None"
    end
end

return kit
