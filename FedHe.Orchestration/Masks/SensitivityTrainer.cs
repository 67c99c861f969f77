using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Sensitivity;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Masks;

/// <summary>
/// A sensitivity trainer is the client's part in an agreement: it quantizes the client's map instead of training a
/// model.
/// </summary>
internal sealed class SensitivityTrainer(SensitivityTerms terms, ModelParameters model, SensitivitySource source) : ILocalTrainer
{
    /// <inheritdoc/>
    public long SampleCount => 1;

    public async Task<LocalTrainingResult> TrainAsync(
        ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        LocalSensitivity local = await source(model, cancellationToken).ConfigureAwait(false);
        IFlatModel quantized = terms.Quantize(local.Map, Math.Min(local.SampleCount, terms.MaxWeight));

        // The quantized values already contain the weight, so every map is added with weight 1.
        return new LocalTrainingResult(Materialize(quantized));
    }

    public static ModelParameters ZeroMap(SensitivityTerms terms) => Build(terms.Terms.Layout, static (_, _) => { });

    private static ModelParameters Materialize(IFlatModel map) => Build(map.Layout, (start, values) => map.CopyFlatTo(start, values));

    private static ModelParameters Build(ModelLayout layout, Action<int, double[]> fill)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        int start = 0;
        foreach (TensorSpec tensor in layout.Tensors)
        {
            var values = new double[tensor.ToArrayLength()];
            fill(start, values);
            builder.Set<double>(tensor.Name, values);
            start += values.Length;
        }

        return builder.Build();
    }
}
