using FedHe.Learning.Data;
using FedHe.Learning.Data.Images;
using FedHe.Learning.Randomness;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Runs;

namespace PrivacyAuditSample;

/// <summary>The pictures to attack come from a file or are synthetic.</summary>
internal static class Pictures
{
    private const int DefaultCount = 10;
    private const int DefaultSyntheticCount = 2;
    private const int CifarRecord = 1 + (3 * 32 * 32);

    /// <exception cref="DatasetFormatException">The file is damaged.</exception>
    /// <exception cref="ArgumentException">A position is beyond the data.</exception>
    public static IReadOnlyList<AuditSample> Load(string? path, IReadOnlyList<int> positions, int seed)
        => path is null ? Synthetic(positions, seed) : FromFile(path, positions);

    private static AuditSample[] FromFile(string path, IReadOnlyList<int> positions)
    {
        CheckKind(path);
        Dataset data = CifarReader.ReadFiles([path]).Training;
        int[] chosen = positions.Count > 0 ? [.. positions] : [.. Enumerable.Range(0, Math.Min(DefaultCount, data.Count))];
        if (chosen.FirstOrDefault(position => position >= data.Count, -1) is >= 0 and int beyond)
        {
            throw new ArgumentException($"--pictures names picture {beyond}; the file has {data.Count}, counted from 0. The option takes positions, and not how many pictures.");
        }

        return [.. chosen.Select(position => new AuditSample(
            $"{position}: {data.ClassNames[data.Labels[position]]}",
            data.GatherFeatures([position]).Reshape(data.SampleShape),
            data.Labels[position]))];
    }

    /// <summary>Refuses what other commands read, so that nobody takes good data for damaged.</summary>
    private static void CheckKind(string path)
    {
        const string Advice = "Only CIFAR-10 and CIFAR-100 binary files are attacked here";
        if (Directory.Exists(path))
        {
            throw new DatasetFormatException($"{path}: this is a folder. {Advice}: give one file.");
        }

        if (!File.Exists(path))
        {
            return;
        }

        Span<byte> start = stackalloc byte[16];
        using FileStream file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        bool isCompressed = start is [0x1f, 0x8b, ..];
        bool isCifar = isCompressed || (file.Length > 0 && (file.Length % CifarRecord == 0 || file.Length % (CifarRecord + 1) == 0));
        string? kind = isCifar || start.IsEmpty ? null
            : start is [0, 0, >= 8 and <= 14, >= 1 and <= 8, ..] ? "an IDX file"
            : start.ContainsAnyInRange((byte)0, (byte)8) ? null
            : "a text, perhaps a table";
        if (kind is not null)
        {
            throw new DatasetFormatException($"{Path.GetFileName(path)}: this is {kind}. {Advice}.");
        }
    }

    /// <summary>Draws discs before sloping backgrounds, each picture with different colors, position and size.</summary>
    private static AuditSample[] Synthetic(IReadOnlyList<int> positions, int seed)
    {
        int[] chosen = positions.Count > 0 ? [.. positions] : [.. Enumerable.Range(0, DefaultSyntheticCount)];
        return [.. chosen.Select(position => new AuditSample($"synthetic {position}", Draw((seed * 1000) + position), position % 100))];
    }

    private static Tensor Draw(int seed)
    {
        const int Side = 32;
        var random = new SeededRandom(seed);
        (double centerX, double centerY) = (random.NextUniform(10, 22), random.NextUniform(10, 22));
        double radius = random.NextUniform(5, 10);
        var picture = Tensor.Zeros([3, Side, Side]);
        for (int channel = 0; channel < 3; channel++)
        {
            (double sky, double slope, double disc) = (random.NextUniform(0.2, 0.8), random.NextUniform(-0.4, 0.4), random.NextDouble());
            for (int i = 0; i < Side * Side; i++)
            {
                (int y, int x) = (i / Side, i % Side);
                double edge = 1 / (1 + Math.Exp(Math.Sqrt(Math.Pow(x - centerX, 2) + Math.Pow(y - centerY, 2)) - radius));
                double background = sky + (slope * ((double)y / Side - 0.5));
                picture.Values[(channel * Side * Side) + i] = (float)Math.Clamp((edge * disc) + ((1 - edge) * background), 0, 1);
            }
        }

        return picture;
    }
}
