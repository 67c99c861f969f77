using FedHe.Learning.Data;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using HospitalFedAvg;
using HospitalFedAvg.Data;
using HospitalFedAvg.Privacy;

namespace FedHe.Samples.Tests.Hospitals;

/// <summary>What reaches a hospital's training before its first noisy step must not depend on records without noise.</summary>
public sealed class PrivateScenarioTests
{
    [Fact]
    public void Features_UnderAPromise_AreScaledByHeldOutSamplesAlone()
    {
        FeatureScaling plain = FeatureScaling.Fit(Scenario.Create(Options(privacy: null)).Test);
        plain.Deviations[0].Should().NotBe(1, "training samples gave the scale");
        FeatureScaling scaled = FeatureScaling.Fit(Scenario.Create(Options(new PrivacyOptions(PrivacyUnit.Record, 8, 1e-5, 1, 0.25, null))).Test);
        scaled.Means[0].Should().BeApproximately(0, 1e-4f);
        scaled.Deviations[0].Should().BeApproximately(1, 1e-4f);
        Math.Abs(plain.Means[0]).Should().BeGreaterThan(1e-3f);
    }

    private static SampleOptions Options(PrivacyOptions? privacy) => new()
    {
        Model = "linear",
        Clients = 2,
        Rounds = 1,
        LocalEpochs = 1,
        BatchSize = 32,
        LearningRate = 0.05f,
        ProximalTerm = 0,
        Alpha = 1,
        Scheme = SchemeChoice.Ckks,
        Weighting = Weighting.Clear,
        Precision = new PrecisionChoice(24, IsExact: false),
        Dropout = 0,
        Seed = 1,
        SchemeAskedFor = null,
        Keys = KeyManagement.Automatic,
        Direct = false,
        Privacy = privacy,
    };
}
