using FedHe.Crypto.Plain;

namespace FedHe.TestKit;

/// <summary>Every scheme and parameter set that the repository's own tests run on.</summary>
public static class SchemeRegistry
{
    /// <summary>The oracle.</summary>
    public static SchemeUnderTest Plain { get; } =
        new("plain-insecure", new InsecurePlainScheme(), InsecurePlainParameters.Default);

    /// <summary>Everything registered.</summary>
    public static IReadOnlyList<SchemeUnderTest> All { get; } = [Plain];

    /// <summary>The sets that are cheap enough for tests of the layers above.</summary>
    public static IReadOnlyList<SchemeUnderTest> Everyday { get; } = [Plain];

    /// <summary>Schemes and parameter sets whose objects <paramref name="subject"/> must refuse.</summary>
    public static IEnumerable<SchemeUnderTest> ForeignTo(SchemeUnderTest subject)
        => Everyday.Where(other => other.Parameters.Id != subject.Parameters.Id);

    /// <summary>The registered set of that name.</summary>
    public static SchemeUnderTest Find(string name) => All.Single(subject => subject.Name == name);
}
