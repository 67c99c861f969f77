using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>Trains as a fake trainer does, on models that it reads value by value.</summary>
internal sealed class FlatTrainer(FakeTrainer trainer) : IFlatTrainer
{
    public long SampleCount => trainer.SampleCount;

    /// <summary>The models that were returned and that the client has disposed.</summary>
    public List<FlatResult> Results { get; } = [];

    /// <summary>Returns another model than the trained one, which it gets behind the global model.</summary>
    public Func<IFlatModel, FlatResult, IFlatModel> Return { get; set; } = (_, result) => result;

    public async Task<IFlatModel> TrainAsync(IFlatModel globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double[] values = ValuesOf(globalModel);
        ModelParameters model = globalModel.Layout.Digest != TestModel.Layout.Digest
            ? ModelParameters.CreateBuilder(globalModel.Layout).Set<double>("line", values).Build()
            : ModelParameters.CreateBuilder(TestModel.Layout).Set<double>("hidden.weight", values.AsSpan(0, 20)).Set<double>("output.bias", values.AsSpan(20)).Set<long>("steps", [0]).Build();
        var result = new FlatResult((await trainer.TrainAsync(model, task, progress, cancellationToken)).Parameters);
        Results.Add(result);
        return Return(globalModel, result);
    }

    public static double[] ValuesOf(IFlatModel model)
    {
        var values = new double[model.Layout.ToArrayLength()];
        model.CopyFlatTo(0, values);
        return values;
    }

    /// <summary>A model that says when it was disposed.</summary>
    internal sealed class FlatResult(ModelParameters model) : IFlatModel, IDisposable
    {
        public ModelLayout Layout => model.Layout;

        public bool IsDisposed { get; private set; }

        public void CopyFlatTo(long start, Span<double> destination)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            model.CopyFlatTo(start, destination);
        }

        /// <summary>Is called when the model is disposed.</summary>
        public Action? Disposing { get; set; }

        public void Dispose()
        {
            IsDisposed = true;
            Disposing?.Invoke();
        }
    }
}
