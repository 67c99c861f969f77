namespace PrivacyAuditSample;

/// <summary>The exit codes tell how the process ended; an unusable command line ends with 1.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code for unusable options or data, for which the message gives the reason.</summary>
    public const int BadInput = 2;

    public const int Cancelled = 130;
}
