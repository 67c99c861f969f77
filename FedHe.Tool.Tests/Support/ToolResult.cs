using System.Text.Json;

namespace FedHe.Tool.Tests.Support;

/// <summary>What a command wrote, and how it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The JSON object that is the whole output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}
