namespace HospitalFedAvg;

/// <summary>The exit codes tell how the process ended; an unusable command line ends with 1.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code for unusable options or data, or for output that cannot be written, for which the message gives the reason.</summary>
    public const int BadInput = 2;

    /// <summary>The code for a round, or an agreement upon a mask, that never found enough uploads.</summary>
    public const int NoQuorum = 3;

    /// <summary>The code for a decrypted model that differs from plaintext averaging by more than was promised.</summary>
    public const int BoundBroken = 4;

    /// <summary>The code for a run that needs more memory than the process may use.</summary>
    public const int OutOfMemory = 5;

    /// <summary>The code for hospitals that stopped, all but too few, because their privacy budgets were spent; the last model is kept.</summary>
    public const int BudgetSpent = 6;

    public const int Cancelled = 130;
}
