using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Calibration;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>
/// This form simulates DP-FTRL in one process and in clear. Fixed batches take turns, so each record takes part once in every turn of all batches,
/// and the noise is correlated over the rounds. With the correlation "independent" the same rounds have independent noise of the same epsilon.
/// </summary>
internal static class CorrelatedForm
{
    private const int LogClipUnits = 16;
    private const int DenominatorBits = 10;
    private const int Colluders = 1;

    /// <summary>Returns a correlation by its name.</summary>
    public static NoiseCorrelation CorrelationOf(string name, int batches) => name switch
    {
        "independent" => NoiseCorrelation.Independent,
        "banded" => NoiseCorrelation.Banded(batches),
        "optimized" => NoiseCorrelation.OptimizedBanded(batches),
        _ => NoiseCorrelation.Buffered(4),
    };

    public static (Model Model, double NoiseMultiplier, double Spent) Train(
        AccuracySettings settings, PrivacyBudget budget, NoiseCorrelation correlation, int rounds, int batches, float learningRate, Action<int, Model> afterRound)
    {
        Model common = settings.InitialModel.Clone();
        int parties = settings.Silos.Count;
        int records = settings.Records;
        double clipUnits = Math.ScaleB(1, LogClipUnits);
        var schedule = new ParticipationSchedule(rounds, batches, (rounds + batches - 1) / batches);
        IntegerCorrelation rounded = IntegerCorrelation.Create(correlation, schedule, DenominatorBits, memory: rounds);
        GridSensitivity sensitivity = GridSensitivity.OfIntegers(clipUnits, common.ParameterCount);
        double distance = Math.ScaleB(3.0 * rounds * common.ParameterCount * parties, -64);
        double multiplier = CompositionCalibration.NoiseMultiplier(
            budget, CompositionMethod.Renyi, noise => new MatrixRelease(noise, distance), count: 1);
        var plan = CorrelatedNoisePlan.Create(rounded, multiplier, parties, Colluders, sensitivity, common.ParameterCount);
        var accountant = new PrivacyAccountant(budget, CompositionMethod.Renyi);
        accountant.Spend($"{rounds} rounds", plan.Describe());
        var buffers = settings.Silos.Select(_ => new CorrelatedNoiseBuffer(plan)).ToList();
        var clipping = new GradientClipping { ClipNorm = budget.Clip, NonFinite = NonFiniteGradients.Zero, LogClipUnits = LogClipUnits };
        double[] velocity = new double[common.ParameterCount];
        for (int round = 0; round < rounds; round++)
        {
            long[] sum = new long[common.ParameterCount];
            foreach ((Dataset silo, CorrelatedNoiseBuffer buffer) in settings.Silos.Zip(buffers))
            {
                long[] share = DistributedGradient.OfPart(common, silo, round % batches, batches, clipping, degree: settings.Threads).Units.ToArray();
                buffer.AddTo(share, settings.Threads);
                buffer.Keep();
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += share[i];
                }
            }

            DistributedForm.Step(common, sum, budget.Clip / clipUnits / rounded.Denominator / records * batches, learningRate, DistributedForm.Momentum, velocity);
            afterRound(round + 1, common);
        }

        buffers.ForEach(buffer => buffer.Dispose());
        return (common, multiplier * rounded.Sensitivity, accountant.SpentEpsilon);
    }
}
