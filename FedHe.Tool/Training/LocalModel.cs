using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Models;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>Reads a trained model, and words what is wrong with it.</summary>
internal static class LocalModel
{
    /// <summary>Refuses a task of SCAFFOLD before anything is trained: files tell a program nothing of corrections, and say nothing of the steps that it made.</summary>
    public static void RefuseCorrections(TrainingTask task)
    {
        if (task.Correction is not null)
        {
            throw ToolException.Refused("The job follows SCAFFOLD, whose trainers correct every gradient and return the sum of their step sizes. A training command can do neither: take part with a program of your own and its ILocalTrainer.");
        }
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
