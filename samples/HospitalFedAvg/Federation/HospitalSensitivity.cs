using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.Sensitivity;
using FedHe.Learning.Training;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.Orchestration.Masks;
using HospitalFedAvg.Data;

namespace HospitalFedAvg.Federation;

/// <summary>A hospital's sensitivity tells how much each parameter reveals about the hospital's samples, for the
/// agreement upon a mask.</summary>
internal sealed class HospitalSensitivity(Dataset share, Model architecture, ModelLayout layout, long weight)
{
    // A mean over this many samples settles the order of the parameters well enough; all samples would cost a round of
    // training.
    private const int MostSamples = 256;
    private const int BatchSize = 32;

    public Task<LocalSensitivity> ComputeAsync(ModelParameters globalModel, CancellationToken cancellationToken)
    {
        Model model = architecture.Clone();
        ModelBridge.Import(globalModel, model);
        var sensitivity = new SampleSensitivity(model, Objective.CrossEntropy, degree: Environment.ProcessorCount);
        foreach (int[] batch in Enumerable.Range(0, Math.Min(share.Count, MostSamples)).Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            sensitivity.Add(
                share.GatherFeatures(batch), LabelDirections.TrueLabel(share.GatherLabels(batch), model.OutputCount));
        }

        return Task.FromResult(new LocalSensitivity(new SensitivityMap(layout, sensitivity.Mean()), weight));
    }
}
