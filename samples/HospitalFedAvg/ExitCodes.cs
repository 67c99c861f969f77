namespace HospitalFedAvg;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A decrypted model differs from plaintext averaging by more than was promised.</summary>
    public const int BoundBroken = 1;

    /// <summary>Options or data are unusable; the message says why.</summary>
    public const int BadInput = 2;

    /// <summary>A round never found enough uploads.</summary>
    public const int NoQuorum = 3;

    public const int Cancelled = 130;
}
