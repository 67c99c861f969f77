using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>A model as the bytes of one safetensors file, of whatever files it is read from.</summary>
internal static class OneFile
{
    private const int LongestModel = 1 << 30;

    public static byte[] Read(SafetensorsCheckpoint checkpoint)
    {
        SafetensorsHeader header = SafetensorsHeader.Create(
            checkpoint.Tensors.Select(one => (one.Name, one.Dtype, one.Shape)),
            checkpoint.Metadata.Values.SelectMany(one => one).DistinctBy(one => one.Key).ToDictionary(one => one.Key, one => one.Value));
        if (header.DataLength > LongestModel)
        {
            throw ToolException.Refused("The model is longer than 1 GiB, which this command does not take.");
        }

        using var bytes = new MemoryStream();
        var writer = new SafetensorsWriter(bytes, header);
        foreach (SafetensorsEntry entry in header.Tensors)
        {
            byte[] data = new byte[entry.Length];
            checkpoint.Read(entry.Name, 0, data);
            writer.Write(entry.Name, data);
        }

        writer.Complete();
        return bytes.ToArray();
    }
}
