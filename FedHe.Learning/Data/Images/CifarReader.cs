using System.Globalization;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Data.Images;

/// <summary>A CIFAR reader reads the binary versions of CIFAR-10 and CIFAR-100: records of one or two label bytes and 3 x
/// 32 x 32 pixels.</summary>
public static class CifarReader
{
    private const int PixelCount = 3 * 32 * 32;
    private const int Classes10 = 10;
    private const int Classes100 = 100;
    private const int CoarseClasses = 20;

    private static readonly string[] ClassNames10 =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Reads files of one version; files whose name contains <c>test</c> become the test set.</summary>
    /// <param name="paths">At least one file, plain or .gz.</param>
    /// <exception cref="DatasetFormatException">A file is missing or damaged, or the versions are mixed.</exception>
    public static LoadedDataset ReadFiles(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        string[] training = paths.Where(path => !IsTestName(path)).ToArray();
        string[] test = paths.Where(IsTestName).ToArray();
        if (training.Length == 0)
        {
            (training, test) = (test, []);
        }

        (Dataset? trainingSet, DatasetFormat format) = ReadPart(training, expected: null);
        return test.Length == 0
            ? new LoadedDataset(trainingSet, null, format)
            : new LoadedDataset(trainingSet, ReadPart(test, format).Dataset, format);
    }

    internal static bool IsCifarName(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return name.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Tells whether a file is as long as whole records are; compressed files do not tell.</summary>
    internal static bool MayBeCifar(string path) => BoundedFile.Guard(path, () =>
    {
        long length = new FileInfo(path).Length;
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || (length > 0 && (length % (1 + PixelCount) == 0 || length % (2 + PixelCount) == 0));
    });

    private static bool IsTestName(string path) =>
        Path.GetFileName(path).Contains("test", StringComparison.OrdinalIgnoreCase);

    private static (Dataset Dataset, DatasetFormat Format) ReadPart(string[] paths, DatasetFormat? expected)
    {
        var contents = new List<byte[]>();
        long total = 0L;
        foreach (string path in paths)
        {
            byte[] content = BoundedFile.ReadAll(path);
            DatasetFormat format = DetectFormat(path, content);
            if (format != (expected ??= format))
            {
                throw DatasetFormatException.In(
                    path,
                    $"this file is {format}, the others are {expected}. Keep the two apart.");
            }

            contents.Add(content);
            total += content.Length;
            if (total > BoundedFile.MaximumLength)
            {
                throw DatasetFormatException.In(
                    path,
                    $"the files together hold more than {BoundedFile.MaximumLength >> 20} MiB. Use some of them.");
            }
        }

        int labelLength = LabelLength(expected!.Value);
        int count = (int)(total / (labelLength + PixelCount));
        BoundedFile.CheckMemory(
            paths[0], (long)count * PixelCount * sizeof(float), string.Create(CultureInfo.InvariantCulture, $"{count} pictures"));
        var features = Tensor.Uninitialized([count, 3, 32, 32]);
        int[] labels = new int[count];
        int sample = 0;
        foreach (byte[] content in contents)
        {
            for (int record = 0; record < content.Length; record += labelLength + PixelCount, sample++)
            {
                labels[sample] = content[record + labelLength - 1];
                ImageDecoder.Decode(
                    content.AsSpan(record + labelLength, PixelCount),
                    features.Values.Slice(sample * PixelCount, PixelCount));
            }
        }

        bool isTen = expected == DatasetFormat.Cifar10;
        string[] classes = isTen ? ClassNames10 : ImageDecoder.NumberedClasses(Classes100);
        string name = isTen ? "CIFAR-10" : "CIFAR-100";
        string note = string.Create(
            CultureInfo.InvariantCulture, $"Read {count} pictures of {name} from {string.Join(", ", paths.Select(path => Path.GetFileName(path)))}.");
        return (new Dataset(name, features, labels, classes, [note]), expected.Value);
    }

    private static int LabelLength(DatasetFormat format) => format == DatasetFormat.Cifar10 ? 1 : 2;

    private static DatasetFormat DetectFormat(string path, ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            throw DatasetFormatException.In(path, "the file is empty.");
        }

        bool isWhole = false;
        foreach (DatasetFormat format in (ReadOnlySpan<DatasetFormat>)[DatasetFormat.Cifar10, DatasetFormat.Cifar100])
        {
            int recordLength = LabelLength(format) + PixelCount;
            if (content.Length % recordLength != 0)
            {
                continue;
            }

            isWhole = true;
            if (HasValidLabels(content, format))
            {
                return format;
            }
        }

        throw DatasetFormatException.In(path, isWhole
            ? "a record's label is not a class of CIFAR-10 or CIFAR-100. The file is damaged or something else."
            : $"the length of {content.Length} bytes is no whole number of CIFAR-10 records ({1 + PixelCount} bytes) " +
              $"or CIFAR-100 records ({2 + PixelCount} bytes). Download or copy the file again.");
    }

    private static bool HasValidLabels(ReadOnlySpan<byte> content, DatasetFormat format)
    {
        int labelLength = LabelLength(format);
        for (int record = 0; record < content.Length; record += labelLength + PixelCount)
        {
            bool valid = format == DatasetFormat.Cifar10
                ? content[record] < Classes10
                : content[record] < CoarseClasses && content[record + 1] < Classes100;
            if (!valid)
            {
                return false;
            }
        }

        return true;
    }
}
