namespace PrivacyAuditSample;

/// <summary>The exit codes tell how the process ended; an unusable command line ends with 1.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code for unusable options or data, or for output that cannot be written, for which the message gives the reason.</summary>
    public const int BadInput = 2;

    /// <summary>The code for a run that needs more memory than the process may use.</summary>
    public const int OutOfMemory = 5;

    /// <summary>The code for a training that protects less than was claimed.</summary>
    public const int ClaimRefuted = 7;

    /// <summary>The code for an audit that finds too little to tell anything about the claim.</summary>
    public const int AuditTooWeak = 8;

    public const int Cancelled = 130;
}
