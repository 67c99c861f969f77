namespace FedHe.Crypto.Tests.Architecture.Offenders;

/// <summary>A type that others use, each in one way.</summary>
public class UsedException : Exception
{
    public static int Value => 3;

    public virtual void Act()
    {
    }
}
