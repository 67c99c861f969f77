namespace TorchFederation;

/// <summary>The exit codes of the program.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code for unusable options or data, or a missing library, for which the message gives the reason.</summary>
    public const int BadInput = 2;

    /// <summary>The code for an encrypted average that differs from the plain one by more than was promised.</summary>
    public const int BoundBroken = 4;

    /// <summary>The code for a federation whose accuracy stays below what is demanded of it.</summary>
    public const int TooInaccurate = 5;

    public const int Cancelled = 130;
}
