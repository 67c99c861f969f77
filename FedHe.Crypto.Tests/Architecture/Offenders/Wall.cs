namespace FedHe.Crypto.Tests.Architecture.Offenders;

/// <summary>A public type with a member of every accessibility.</summary>
public class Wall
{
    public static readonly int PublicField = 1;
    internal static readonly int InternalField = 1;

    public int PartlyPublic { get; internal set; }

    public static void PublicMethod()
    {
    }

    internal static void InternalMethod()
    {
    }

    protected static void ProtectedMethod()
    {
    }

    protected internal static void ProtectedInternalMethod()
    {
    }

    private protected static void PrivateProtectedMethod()
    {
    }

    public sealed class PublicNested
    {
    }

    internal sealed class InternalNested
    {
        public static void PublicMethod()
        {
        }
    }

    protected sealed class ProtectedNested
    {
    }

    protected internal sealed class ProtectedInternalNested
    {
    }

    private protected sealed class PrivateProtectedNested
    {
    }
}
