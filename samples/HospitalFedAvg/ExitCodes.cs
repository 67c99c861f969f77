namespace HospitalFedAvg;

/// <summary>What the process says when it ends. An unusable command line ends with 1.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>Options or data are unusable; the message says why.</summary>
    public const int BadInput = 2;

    /// <summary>A round, or the agreement upon a mask, never found enough uploads.</summary>
    public const int NoQuorum = 3;

    /// <summary>A decrypted model differs from plaintext averaging by more than was promised.</summary>
    public const int BoundBroken = 4;

    public const int Cancelled = 130;
}
