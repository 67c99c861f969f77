using System.Buffers.Binary;
using FedHe.Safetensors.Files;
using FedHe.Safetensors.Headers;

namespace FedHe.Tool.Tests.Support;

/// <summary>A model of two floats and a counter, as a file.</summary>
internal static class SmallModel
{
    public static string Write(string path, float first, float second, string name = "weight", int extra = 0)
    {
        SafetensorsHeader header = SafetensorsHeader.Create([(name, SafetensorsDtype.Float32, [2 + extra]), ("steps", SafetensorsDtype.Int64, [1])]);
        using FileStream file = File.Create(path);
        var writer = new SafetensorsWriter(file, header);
        byte[] steps = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(steps, 7);
        writer.Write("steps", steps);
        byte[] values = new byte[(2 + extra) * sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(values, first);
        BinaryPrimitives.WriteSingleLittleEndian(values.AsSpan(sizeof(float)), second);
        writer.Write(name, values);
        writer.Complete();
        return path;
    }

    public static (double First, double Second, long Steps) Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        double[] values = new double[2];
        file.ReadValues("weight", 0, values);
        byte[] steps = new byte[sizeof(long)];
        file.Read("steps", 0, steps);
        return (values[0], values[1], BinaryPrimitives.ReadInt64LittleEndian(steps));
    }
}
