using FedHe.MLBridge.Adapters;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Adapters;

/// <summary>A model of two adapters, of ranks 2 and 1, and a counter.</summary>
internal static class AdapterModel
{
    public const double Bound = 4;

    private static readonly string[] A = ["q.lora_A.weight", "v.lora_A.weight"];
    private static readonly string[] B = ["q.lora_B.weight", "v.lora_B.weight"];

    public static ModelLayout Layout { get; } = new(
        new TensorSpec(A[0], ElementType.Float64, [2, 5], Bound),
        new TensorSpec(B[0], ElementType.Float64, [3, 2], Bound),
        new TensorSpec(A[1], ElementType.Float64, [1, 5], Bound),
        new TensorSpec(B[1], ElementType.Float64, [4, 1], Bound),
        new TensorSpec("steps", ElementType.Int64, [1]));

    /// <summary>A mask under which rounds differ in the kinds of what they send: some values of A are in clear, and none of B.</summary>
    public static EncryptionMask PartlyClear { get; } = EncryptionMask.Layers(Layout, B[0], B[1], A[1]);

    public static ModelParameters Initial { get; } = Create((_, i) => 0.3 * Math.Sin(i + 1), (_, _) => 0.2);

    /// <summary>Moves the values that may move towards a target.</summary>
    public static ModelParameters Train(ModelParameters model, TrainingTask task, double target)
    {
        double Move(double value, int i) => value + (0.3 * (target + (0.01 * i) - value));
        return Create(
            (name, i) => task.Moving == AdapterHalf.B ? model.Get<double>(name)[i] : Move(model.Get<double>(name)[i], i),
            (name, i) => task.Moving == AdapterHalf.A ? model.Get<double>(name)[i] : Move(model.Get<double>(name)[i], i),
            steps: task.Round);
    }

    /// <summary>Makes the trainers of a bench train this model.</summary>
    public static void Use(IReadOnlyList<FakeTrainer> trainers)
    {
        for (int i = 0; i < trainers.Count; i++)
        {
            double target = 0.5 - (0.4 * i);
            trainers[i].Train = (model, task) => Train(model, task, target);
        }
    }

    public static double[] Of(ModelParameters model, AdapterHalf half)
        => [.. (half == AdapterHalf.A ? A : B).SelectMany(name => model.Get<double>(name).ToArray())];

    public static double[] Flat(ModelParameters model) => [.. Of(model, AdapterHalf.A), .. Of(model, AdapterHalf.B)];

    /// <summary>The products BA of both adapters, one after the other.</summary>
    public static double[] Products(ModelParameters model)
        => [.. AdapterLayout.Of(model.Layout).Pairs.SelectMany(pair =>
            from row in Enumerable.Range(0, pair.Outputs)
            from column in Enumerable.Range(0, pair.Inputs)
            select Enumerable.Range(0, pair.Rank).Sum(
                k => model.Get<double>(pair.B.Name)[(row * pair.Rank) + k] * model.Get<double>(pair.A.Name)[(k * pair.Inputs) + column]))];

    public static double[] Average(IReadOnlyList<(double[] Values, long Weight)> clients)
    {
        double total = clients.Sum(client => client.Weight);
        return [.. Enumerable.Range(0, clients[0].Values.Length).Select(i => clients.Sum(client => client.Weight * client.Values[i]) / total)];
    }

    private static ModelParameters Create(Func<string, int, double> a, Func<string, int, double> b, long steps = 0)
    {
        var builder = ModelParameters.CreateBuilder(Layout).Set<long>("steps", [steps]);
        foreach ((string[] names, Func<string, int, double> valueOf) in new[] { (A, a), (B, b) })
        {
            foreach (string name in names)
            {
                builder.Set<double>(name, [.. Enumerable.Range(0, Layout[name].ToArrayLength()).Select(i => valueOf(name, i))]);
            }
        }

        return builder.Build();
    }
}
