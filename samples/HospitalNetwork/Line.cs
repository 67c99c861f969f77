using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;

namespace HospitalNetwork;

/// <summary>The model: the slope and the height of a line. Every hospital sees another part of y = 2x + 1.</summary>
internal static class Line
{
    public static ModelLayout Layout { get; } = new(new TensorSpec("line", ElementType.Float32, [2], bound: 4));

    public static ModelParameters Initial { get; } = Of(0, 0);

    public static ModelParameters Of(double slope, double height) => ModelParameters.CreateBuilder(Layout).Set<float>("line", [(float)slope, (float)height]).Build();

    public static string Describe(ModelParameters model) => FormattableString.Invariant($"y = {model.Get<float>("line")[0]:F6} x + {model.Get<float>("line")[1]:F6}");

    public static bool IsLearned(ModelParameters model)
        => Math.Abs(model.Get<float>("line")[0] - 2) < 0.01 && Math.Abs(model.Get<float>("line")[1] - 1) < 0.01;
}

/// <summary>The data of a hospital: points of the line with x in [From, From + 1).</summary>
/// <param name="From">The smallest x.</param>
/// <param name="Count">The number of points.</param>
internal sealed record Patients(double From, int Count)
{
    public static Patients Of(string hospital) => hospital switch
    {
        "east" => new Patients(From: -1, Count: 200),
        "north" => new Patients(From: 0, Count: 50),
        "south" => new Patients(From: -0.5, Count: 100),
        _ => new Patients(From: 0.25, Count: 80),
    };
}

/// <summary>Descends the squared error on the points of one hospital, not all the way, so that there is something left for the next round.</summary>
internal sealed class LineTrainer(Patients patients) : ILocalTrainer
{
    public long SampleCount => patients.Count;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double slope = globalModel.Get<float>("line")[0], height = globalModel.Get<float>("line")[1];
        for (int step = 0; step < 10 * patients.Count; step++)
        {
            double x = patients.From + ((double)(step % patients.Count) / patients.Count);
            double error = (slope * x) + height - ((2 * x) + 1);
            (slope, height) = (slope - (0.1 * error * x), height - (0.1 * error));
        }

        return Task.FromResult(new LocalTrainingResult(Line.Of(slope, height)));
    }
}
