namespace FedHe.Tool.Poc;

/// <summary>News of a party: a line that it wrote, its end, or that it is to be killed now.</summary>
/// <param name="Party">The name of the party.</param>
/// <param name="Line">The line, or null where it wrote none.</param>
/// <param name="ExitCode">The exit code at the end.</param>
/// <param name="IsKill">Whether the party is to be killed and started again.</param>
internal sealed record PocNews(string Party, string? Line, int ExitCode = 0, bool IsKill = false);
