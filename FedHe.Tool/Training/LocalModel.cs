using FedHe.MLBridge.Layout;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Models;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>Reads a trained model, and words what is wrong with it.</summary>
internal static class LocalModel
{
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
