using System.Globalization;
using FedHe.Crypto.Random;
using FedHe.TestKit.Hostile;
using FedHe.TestKit.Schemes;

namespace FedHe.Crypto.Tests.Hostile;

/// <summary>
/// A long attack on every parser. The environment variable FEDHE_SOAK_INPUTS sets the number of inputs (a million before
/// a release), FEDHE_SOAK_SEED the seed.
/// </summary>
public sealed class SoakTests
{
    private const int DefaultInputs = 100_000;
    private const int DefaultSeed = 20261120;

    [Fact]
    public void Parsers_UnderManySpoiltInputs_RefuseOrStayHarmless()
    {
        int inputs = Setting("FEDHE_SOAK_INPUTS", DefaultInputs);
        var hostile = new HostileBytes(Setting("FEDHE_SOAK_SEED", DefaultSeed));
        SchemeWireObjects[] schemes =
        [
            new(SchemeRegistry.Plain, length: 21),
            new(SchemeRegistry.CkksSmallest, length: 1024),
            new(SchemeRegistry.CkksSmallestSlots, length: 1000),
        ];
        WireObject[] targets = [.. schemes.SelectMany(scheme => scheme.Unprotected)];
        int refused = 0;
        for (int i = 0; i < inputs; i++)
        {
            WireObject target = targets[i % targets.Length];
            refused += target.Refuses(hostile.Next(target.Bytes), () => $"seed {hostile.Seed}, input {i}") ? 1 : 0;
        }

        // Spoilt coefficients that are still in range are accepted, but they are the smaller part.
        refused.Should().BeGreaterThan(inputs / 2).And.BeLessThan(inputs);
        Array.ForEach(schemes, scheme => scheme.Dispose());
    }

    private static int Setting(string variable, int otherwise)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
