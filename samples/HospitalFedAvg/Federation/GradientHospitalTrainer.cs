using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using HospitalFedAvg.Data;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg.Federation;

/// <summary>
/// A gradient hospital trainer adds up the clipped gradients of all of its records at the model of the round. The sum protects nobody before the client of
/// the job adds its share of the noise.
/// </summary>
/// <param name="step">The amount by which one unit of a sum moves the model, for the comparison with averaging in clear.</param>
internal sealed class GradientHospitalTrainer(
    ClientId hospital, Dataset share, Model architecture, ModelBridge bridge, double step, UpdateLog log) : ILocalTrainer
{
    /// <summary>The weight of every hospital; a number of records would tell of them.</summary>
    public long SampleCount => 1;

    public Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Model model = architecture.Clone();
        ModelBridge.Import(globalModel, model);
        ClippedSum sum = DistributedGradient.Of(
            model, share, PrivacyPlan.ClippingOf(task.Privacy!), degree: Environment.ProcessorCount, cancellationToken: cancellationToken);
        long[] units = sum.Units.ToArray();
        ReadOnlySpan<long> rest = units;
        foreach (Parameter parameter in model.Parameters)
        {
            Span<float> values = parameter.Value.Values;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] -= (float)(step * rest[i]);
            }

            rest = rest[values.Length..];
        }

        log.Record(hospital, new UpdateLog.Entry(bridge.Export(model, out int clamped), Math.Min(1, task.WeightLimit), clamped));
        return Task.FromResult(new LocalTrainingResult(globalModel) { Gradient = new GradientSum(units, sum.ClipNorm, sum.LogClipUnits) });
    }
}
