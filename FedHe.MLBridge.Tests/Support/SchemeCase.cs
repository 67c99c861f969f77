using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Support;

/// <summary>A scheme, parameters and kind of key that every test of the whole path runs on. New schemes are added here.</summary>
internal sealed record SchemeCase(string Name, IHeScheme Scheme, HeParameters Parameters, VectorForm Form)
{
    public static readonly SchemeCase Plain = new(
        "plain", new InsecurePlainScheme(), InsecurePlainParameters.Default, VectorForm.Full);

    private static readonly SchemeCase[] All =
    [
        Plain,
        new("ckks-aggregation-public", new CkksScheme(), CkksParameters.Aggregation, VectorForm.Full),
        new("ckks-aggregation-seeded", new CkksScheme(), CkksParameters.Aggregation, VectorForm.Seeded),
        new("ckks-fitted-public", new CkksScheme(), CkksParameters.ForTotalWeight(10_000), VectorForm.Full),
        new("ckks-fitted-seeded", new CkksScheme(), CkksParameters.ForTotalWeight(10_000), VectorForm.Seeded),
        new("ckks-exact-seeded", new CkksScheme(), CkksParameters.ForExactIntegers(22, 2_000), VectorForm.Seeded),
        new("ckks-paper-public", new CkksScheme(), CkksParameters.PaperDefault, VectorForm.Full),
        new("ckks-paper-seeded", new CkksScheme(), CkksParameters.PaperDefault, VectorForm.Seeded),
    ];

    public static TheoryData<string> Names => [.. All.Select(scheme => scheme.Name)];

    public static TheoryData<string, Weighting> NamesAndWeightings
    {
        get
        {
            var data = new TheoryData<string, Weighting>();
            foreach (SchemeCase scheme in All)
            {
                data.Add(scheme.Name, Weighting.Clear);
                data.Add(scheme.Name, Weighting.Hidden);
            }

            return data;
        }
    }

    public static SchemeCase Named(string name) => All.Single(scheme => scheme.Name == name);

    public HeContext CreateContext() => Scheme.CreateContext(Parameters);
}
