using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Tool.Output;

namespace FedHe.Tool.Poc;

/// <summary>
/// The training program of <c>fedhe poc</c>. It is started like any other one, and reads and writes the same files.
/// </summary>
internal static class PocTrainer
{
    private const string GlobalModel = "FEDHE_GLOBAL_MODEL";
    private const string LocalModel = "FEDHE_LOCAL_MODEL";
    private const string Task = "FEDHE_TASK";
    private const string Metrics = "FEDHE_METRICS";

    /// <summary>Trains once, on the points in a file.</summary>
    public static void Run(string data)
    {
        PocData points = PocData.Read(data);
        JsonNode task = JsonNode.Parse(File.ReadAllBytes(PathIn(Task)))!;
        PocModel model = PocModel.Read(PathIn(GlobalModel));
        double before = model.AccuracyOn(points);
        model.Train(points, (int)task["epochs"]!, (double)task["learningRate"]!);
        model.Write(PathIn(LocalModel));
        File.WriteAllBytes(PathIn(Metrics), JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["accuracyBefore"] = before,
            ["accuracyAfter"] = model.AccuracyOn(points),
            ["points"] = points.Labels.Length,
        }));
    }

    private static string PathIn(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path
        ? path
        : throw ToolException.Usage($"{variable} is not set. 'fedhe client run' and 'fedhe train' set it for their training command.");
}
