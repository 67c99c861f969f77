using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>
/// This form simulates the distributed gradient in one process and in clear: one step a round adds up all silos' clipped gradients, each with a share of the
/// noise. Jobs encrypt such sums (<see cref="FedHe.Privacy.Federation.RecordPrivacyPlan.ForGradients"/>), and have to: a silo's sum alone carries less noise
/// than the accountant counts.
/// </summary>
internal static class DistributedForm
{
    public const float Momentum = 0.9f;

    private const int LogClipUnits = 16;
    private const int Colluders = 1;

    public static (Model Model, double NoiseMultiplier, double Spent) Train(
        AccuracySettings settings, PrivacyBudget budget, int rounds, float learningRate, Action<int, Model> afterRound)
    {
        Model common = settings.InitialModel.Clone();
        int parties = settings.Silos.Count;
        int records = settings.Records;
        double clipUnits = Math.ScaleB(1, LogClipUnits);
        GridSensitivity sensitivity = GridSensitivity.OfIntegers(clipUnits, common.ParameterCount);
        double multiplier = CompositionCalibration.NoiseMultiplier(
            budget, CompositionMethod.Renyi, noise => Describe(noise, Math.ScaleB(common.ParameterCount * parties, -64)), rounds);
        NoiseSharing sharing = NoiseSharing.Create(
            NoiseKind.DiscreteGaussian, Math.Pow(multiplier * clipUnits, 2), parties, dropouts: 0, Colluders);
        PrivacyRelease release = sharing.Describe(parties, sensitivity, common.ParameterCount);
        var accountant = new PrivacyAccountant(budget, CompositionMethod.Renyi);
        var clipping = new GradientClipping { ClipNorm = budget.Clip, NonFinite = NonFiniteGradients.Zero, LogClipUnits = LogClipUnits };
        double[] velocity = new double[common.ParameterCount];
        for (int round = 1; round <= rounds; round++)
        {
            accountant.Spend($"round {round}", release);
            long[] sum = new long[common.ParameterCount];
            foreach (Dataset silo in settings.Silos)
            {
                long[] share = DistributedGradient.Of(common, silo, clipping, degree: settings.Threads).Units.ToArray();
                sharing.Sampler.AddTo(share, settings.Threads);
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += share[i];
                }
            }

            // The number of records is what a job would agree upon in advance; here it is known.
            Step(common, sum, budget.Clip / clipUnits / records, learningRate, Momentum, velocity);
            afterRound(round, common);
        }

        return (common, multiplier, accountant.SpentEpsilon);

        PrivacyRelease Describe(double noise, double distance) => new DistributedGaussianRelease(
            Math.Max(1, Math.Pow(noise * clipUnits, 2) / (parties - Colluders)), parties - Colluders, sensitivity, common.ParameterCount, distance);
    }

    /// <summary>Makes a step along a sum of gradients in units of the grid.</summary>
    public static void Step(Model model, long[] sum, double scale, float learningRate, float momentum, double[] velocity)
    {
        int i = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            Span<float> values = parameter.Value.Values;
            for (int j = 0; j < values.Length; j++, i++)
            {
                velocity[i] = (momentum * velocity[i]) + (sum[i] * scale);
                values[j] -= (float)(learningRate * velocity[i]);
            }
        }
    }
}
