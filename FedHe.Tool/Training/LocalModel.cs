using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;
using FedHe.Safetensors.Models;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>Reads a trained model, and words what is wrong with it.</summary>
internal static class LocalModel
{
    private const int BlockLength = 1 << 20;

    /// <summary>Refuses a task of SCAFFOLD before anything is trained: files tell a program nothing of corrections, and say nothing of the steps that it made.</summary>
    public static void RefuseCorrections(TrainingTask task)
    {
        if (task.Correction is not null)
        {
            throw ToolException.Refused("The job follows SCAFFOLD, whose trainers correct every gradient and return the sum of their step sizes. A training command can do neither: take part with a program of your own and its ILocalTrainer.");
        }
    }

    /// <summary>Names the tensors whose training is lost: each of them is in no layout, and differs from the model that training began with. Every round begins with the tensors of the initial model.</summary>
    public static IReadOnlyList<string> Lost(string path, string global, ModelLayout layout)
    {
        HashSet<string> kept = [.. layout.Tensors.Select(tensor => tensor.Name)];
        using SafetensorsCheckpoint before = SafetensorsCheckpoint.Open(global);
        using SafetensorsCheckpoint after = SafetensorsCheckpoint.Open(path);
        return [.. before.Tensors.Where(tensor => !kept.Contains(tensor.Name) && after.TryGet(tensor.Name, out _) && !AreSame(tensor, before, after)).Select(tensor => tensor.Name)];
    }

    /// <summary>Says which training is lost, in one line.</summary>
    public static string LostText(IReadOnlyList<string> lost) => $"Not averaged, so that their training is lost, and the next round has them as the initial model has: {string.Join(", ", lost)}";

    private static bool AreSame(CheckpointTensor tensor, SafetensorsCheckpoint before, SafetensorsCheckpoint after)
    {
        if (!after.TryGet(tensor.Name, out CheckpointTensor? other) || other.Dtype != tensor.Dtype || other.ElementCount != tensor.ElementCount)
        {
            return false;
        }

        byte[] left = new byte[BlockLength], right = new byte[BlockLength];
        long length = tensor.ElementCount * tensor.Dtype.BitsPerElement() / 8;
        for (long start = 0; start < length; start += BlockLength)
        {
            int count = (int)Math.Min(BlockLength, length - start);
            before.Read(tensor.Name, start, left.AsSpan(0, count));
            after.Read(tensor.Name, start, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }

    public static ModelParameters Read(string path, ModelLayout layout)
    {
        try
        {
            using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(path);
            return SafetensorsModel.Match(checkpoint, layout).ReadParameters();
        }
        catch (Exception fault) when (fault is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw ToolException.Refused($"The trained model {path} cannot be used: {fault.Message}", fault);
        }
    }
}
