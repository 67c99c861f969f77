namespace FedHe.Tool.Output;

/// <summary>The exit codes of the command, which scripts rely on.</summary>
internal static class ExitCodes
{
    /// <summary>What was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>It was refused, for the reason that is said; trying again without a change gives the same.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong.</summary>
    public const int WrongUsage = 2;

    /// <summary>Something is not there yet: deliver what is missing and try again.</summary>
    public const int TryAgain = 3;

    /// <summary>Interrupted; run the command again to go on.</summary>
    public const int Interrupted = 130;
}
