using FedHe.Tool.Commands;
using FedHe.Tool.Output;

return await ToolProgram.RunAsync(args, ToolConsole.OfTheProcess());
