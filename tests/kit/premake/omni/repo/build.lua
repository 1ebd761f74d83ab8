-- Stand-in for the module of repo_build: says what is linked, and whether it is there.
local build = {}

function build.get_abs_path(folder)
    return path.getabsolute(folder)
end

function build.prebuild_link(pairs)
    for _, pair in ipairs(pairs) do
        local from = path.getabsolute((pair[1]:gsub("%%{root}", root)))
        print("link " .. from .. " " .. ((os.isdir(from) or os.isfile(from)) and "there" or "missing"))
    end
end

function build.prebuild_copy(pairs)
end

return build
