namespace PrivacyAuditSample;

/// <summary>What the process says when it ends. An unusable command line ends with 1.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Options or data are unusable; the message says why.</summary>
    public const int BadInput = 2;

    public const int Cancelled = 130;
}
