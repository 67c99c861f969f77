namespace FedHe.Tool.Poc;

/// <summary>News of a party: a line that it wrote, or its end.</summary>
/// <param name="Party">The name of the party.</param>
/// <param name="Line">The line, or null for the end.</param>
/// <param name="ExitCode">The exit code at the end.</param>
internal sealed record PocNews(string Party, string? Line, int ExitCode = 0);
