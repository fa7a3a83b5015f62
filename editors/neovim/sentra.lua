-- Sentra in Neovim 0.8 and later: `require("sentra").setup()` in your init.lua, with this file in a folder `lua`
-- of your configuration. Settings: `server`, the command of the language server; `on_attach`, a function that is
-- called with the client and the buffer.
local M = {}

local defaults = { server = { "sentra-lsp" } }

local function root_of(file)
  local marks = vim.fs.find({ "sentra.toml", ".git" }, { path = vim.fs.dirname(file), upward = true })
  return marks[1] and vim.fs.dirname(marks[1]) or vim.fs.dirname(file)
end

function M.setup(settings)
  settings = vim.tbl_extend("force", defaults, settings or {})
  vim.filetype.add({ extension = { sn = "sentra" }, pattern = { ["^#!.*sentra%-vm"] = "sentra" } })
  local group = vim.api.nvim_create_augroup("sentra", {})
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = "sentra",
    callback = function(event)
      vim.bo[event.buf].commentstring = "// %s"
      vim.bo[event.buf].shiftwidth = 4
      vim.bo[event.buf].expandtab = true
      -- Colours come from the tree-sitter grammar if that is installed, else from the server.
      pcall(vim.treesitter.start, event.buf, "sentra")
      vim.lsp.start({
        name = "sentra-lsp",
        cmd = settings.server,
        root_dir = root_of(vim.api.nvim_buf_get_name(event.buf)),
        on_attach = settings.on_attach,
      })
    end,
  })
  -- nvim-dap, if it is there, debugs by F5.
  local found, dap = pcall(require, "dap")
  if found then
    dap.adapters.sentra = function(callback, configuration)
      callback({ type = "executable", command = "sentra-vm", args = { "debug", "--dap", configuration.program } })
    end
    dap.configurations.sentra = {
      { type = "sentra", request = "launch", name = "Debug this program", program = "${file}" },
    }
  end
end

return M
