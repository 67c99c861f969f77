namespace FedHe.Crypto.Tests.Architecture.Offenders;

public static class RemembersStatically
{
    private static int _count;

    public static string? LastCaller { get; set; }

    public static int Fixed { get; } = 3;

    public static int Next() => ++_count;
}
