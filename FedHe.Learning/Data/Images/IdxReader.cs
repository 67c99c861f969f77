using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Data.Images;

/// <summary>An IDX reader reads pairs of an images file and a labels file, as MNIST, Fashion-MNIST and EMNIST have
/// them.</summary>
/// <remarks>The labels of QMNIST have further columns beside the class, which are passed over. Layout: two zero bytes, the element type (8 = unsigned byte), the number of dimensions, the dimensions as
/// big-endian 32-bit integers, then the elements.</remarks>
public static class IdxReader
{
    internal const int MagicLength = 4;

    private const int MaximumClasses = 1000;
    private const int MostNames = 10;
    private const byte UnsignedByte = 8;

    private static readonly Regex VaryingEnd = new(
        "([-._](idx[0-9]?|u?byte|short|int|float|double))+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static readonly Dictionary<byte, (string Name, int Size)> ElementTypes = new()
    {
        [UnsignedByte] = ("unsigned bytes", 1),
        [9] = ("signed bytes", 1),
        [11] = ("16-bit integers", 2),
        [12] = ("32-bit integers", 4),
        [13] = ("32-bit floats", 4),
        [14] = ("64-bit floats", 8),
    };

    /// <summary>Reads a folder; a pair whose name contains <c>t10k</c> or <c>test</c> becomes the test set.</summary>
    /// <param name="folder">A folder with one or two pairs of files.</param>
    /// <exception cref="DatasetFormatException">Files are missing or damaged.</exception>
    public static LoadedDataset ReadFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return BoundedFile.Guard(folder, () => ReadFiles(folder, Directory.GetFiles(folder)));
    }

    /// <summary>Reads one pair of an images file and a labels file.</summary>
    /// <param name="imagesPath">The images file, plain or .gz.</param>
    /// <param name="labelsPath">The labels file, plain or .gz.</param>
    /// <exception cref="DatasetFormatException">A file is missing or damaged, or the two do not belong together.</exception>
    public static Dataset ReadPair(string imagesPath, string labelsPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(imagesPath);
        ArgumentException.ThrowIfNullOrEmpty(labelsPath);
        Tensor images = ParseImages(imagesPath, BoundedFile.ReadAll(imagesPath));
        int[] labels = ParseLabels(labelsPath, BoundedFile.ReadAll(labelsPath), out int columns);
        if (images.Shape[0] != labels.Length)
        {
            throw DatasetFormatException.In(
                labelsPath,
                $"there are {labels.Length} labels for {images.Shape[0]} images. The two files do not belong together.");
        }

        string[] classes = ImageDecoder.NumberedClasses(labels.Max() + 1);
        return new Dataset(
            Path.GetFileName(imagesPath), images, labels, classes, [.. Notes(imagesPath, labelsPath, images, labels, classes, columns)]);
    }

    internal static bool IsIdx(ReadOnlySpan<byte> start)
        => start is [0, 0, byte type, >= 1 and <= 8, ..] && ElementTypes.ContainsKey(type);

    internal static bool IsPartName(string path)
        => IsImagesName(path) || Path.GetFileName(path).Contains("labels", StringComparison.OrdinalIgnoreCase);

    /// <summary>Tells whether a file is hidden; macOS puts a hidden file ._NAME beside NAME on foreign disks and into
    /// archives.</summary>
    internal static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    internal static bool IsImagesName(string path) =>
        Path.GetFileName(path).Contains("images", StringComparison.OrdinalIgnoreCase);

    internal static LoadedDataset ReadPairOf(string path)
    {
        string[] files = BoundedFile.Guard(path, () => Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!));
        string images = IsImagesName(path) ? path : Counterpart(path, files, "labels", "images");
        CheckImages(images);
        string labels = Counterpart(images, files, "images", "labels");
        return new LoadedDataset(ReadPair(images, labels), null, DatasetFormat.Idx);
    }

    internal static LoadedDataset ReadFiles(string folder, string[] files)
    {
        string? training = null;
        string? test = null;
        files = Array.FindAll(files, file => !IsHidden(file));
        foreach (IGrouping<string, string> copies in files.Where(IsImagesName).GroupBy(Stem, StringComparer.OrdinalIgnoreCase))
        {
            string images = copies.Order(StringComparer.Ordinal).First();
            ref string? role = ref IsTestName(images) ? ref test : ref training;
            if (role is not null)
            {
                throw DatasetFormatException.In(
                    folder,
                    $"'{Path.GetFileName(role)}' and '{Path.GetFileName(images)}' could both be meant. " +
                    "Give the path of one images file.");
            }

            role = images;
        }

        if ((training ?? test) is not { } first)
        {
            throw DatasetFormatException.In(folder, "there is no file whose name contains 'images'.");
        }

        CheckImages(first);
        Dataset trainingSet = ReadPair(first, Counterpart(first, files, "images", "labels"));
        if (training is null || test is null)
        {
            return new LoadedDataset(trainingSet, null, DatasetFormat.Idx);
        }

        CheckImages(test);
        Dataset testSet = ReadPair(test, Counterpart(test, files, "images", "labels"));
        if (!trainingSet.SampleShape.Equals(testSet.SampleShape))
        {
            throw DatasetFormatException.In(
                folder,
                $"the training images {trainingSet.SampleShape} and the test images {testSet.SampleShape} differ in size.");
        }

        string[] classes = ImageDecoder.NumberedClasses(Math.Max(trainingSet.ClassCount, testSet.ClassCount));
        return new LoadedDataset(WithClasses(trainingSet, classes), WithClasses(testSet, classes), DatasetFormat.Idx);
    }

    private static Dataset WithClasses(Dataset dataset, string[] classes) =>
        new(dataset.Name, dataset.Features, dataset.Labels.ToArray(), classes, dataset.Notes);

    private static bool IsTestName(string path)
    {
        string name = Path.GetFileName(path);
        return name.Contains("t10k", StringComparison.OrdinalIgnoreCase)
            || name.Contains("test", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Finds the counterpart of an images or labels file under the usual spellings and compressions.</summary>
    private static string Counterpart(string path, string[] files, string word, string otherWord)
    {
        string wanted = Stem(path).Replace(word, otherWord, StringComparison.OrdinalIgnoreCase);
        return Array.Find(files, file => file != path && string.Equals(Stem(file), wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw DatasetFormatException.In(
                path,
                $"the {otherWord} file that belongs to it is missing. " +
                $"Put it beside, named like this file with '{otherWord}' instead of '{word}'.");
    }

    /// <summary>Strips from a name the parts that vary between downloads and between the two files: compression, extension,
    /// the dimension count and the element type.</summary>
    private static string Stem(string path)
    {
        string name = Path.GetFileName(path);
        name = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^".gz".Length] : name;
        return VaryingEnd.Replace(name, string.Empty);
    }

    /// <summary>Refuses images of other shapes before the labels are looked for, which have another name then.</summary>
    private static void CheckImages(string path) => CheckImages(path, BoundedFile.ReadStart(path, MagicLength));

    private static void CheckImages(string path, ReadOnlySpan<byte> content)
    {
        if (!IsIdx(content))
        {
            throw DatasetFormatException.In(
                path,
                "this is no IDX file of byte images (it must start with the bytes 00 00 08 03).");
        }

        if (content is not [_, _, UnsignedByte, 3, ..])
        {
            throw DatasetFormatException.In(path, Describe(content) + "; images are read from 3 dimensions (count, height, width) of unsigned bytes.");
        }
    }

    private static string Describe(ReadOnlySpan<byte> content) => string.Create(
        CultureInfo.InvariantCulture, $"this IDX file has {content[3]} dimensions of {ElementTypes[content[2]].Name}");

    private static IEnumerable<string> Notes(
        string imagesPath, string labelsPath, Tensor images, int[] labels, string[] classes, int columns)
    {
        (string imagesName, string labelsName) = (Path.GetFileName(imagesPath), Path.GetFileName(labelsPath));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Read {labels.Length} images of {images.Shape[2]} x {images.Shape[3]} pixels from {imagesName}, labels {labels.Min()} to {labels.Max()} from {labelsName}.");
        if (columns > 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{labelsName} has {columns} columns: the first was read as the class, the others were passed over.");
        }

        string[] empty = [.. Enumerable.Range(0, classes.Length).Except(labels).Select(label => classes[label])];
        if (empty.Length > 0)
        {
            yield return $"No image of {imagesName} is of the classes {string.Join(", ", empty.Take(MostNames))}{(empty.Length > MostNames ? ", ..." : string.Empty)}.";
        }

        if (imagesName.Contains("emnist", StringComparison.OrdinalIgnoreCase))
        {
            yield return "The images of EMNIST lie on their side, rows and columns exchanged; they were read as they are.";
        }
    }

    private static Tensor ParseImages(string path, ReadOnlySpan<byte> content)
    {
        CheckImages(path, content);
        int count = ReadDimension(path, content, 4);
        int height = ReadDimension(path, content, 8);
        int width = ReadDimension(path, content, 12);
        ReadOnlySpan<byte> pixels = content[16..];
        CheckLength(path, (Int128)count * height * width, pixels.Length);
        BoundedFile.CheckMemory(
            path, (long)pixels.Length * sizeof(float), string.Create(CultureInfo.InvariantCulture, $"{count} images of {height} x {width} pixels"));
        var images = Tensor.Uninitialized([count, 1, height, width]);
        ImageDecoder.Decode(pixels, images.Values);
        return images;
    }

    private static int[] ParseLabels(string path, ReadOnlySpan<byte> content, out int columns)
    {
        if (!IsIdx(content))
        {
            throw DatasetFormatException.In(
                path,
                "this is no IDX file of byte labels (it must start with the bytes 00 00 08 01).");
        }

        if (content[3] > 2 || content[2] is 13 or 14)
        {
            throw DatasetFormatException.In(
                path, Describe(content) + "; labels are read from integers of 1 dimension, or of 2 of which the first column is the class.");
        }

        int count = ReadDimension(path, content, 4);
        columns = content[3] == 2 ? ReadDimension(path, content, 8) : 1;
        int size = ElementTypes[content[2]].Size;
        ReadOnlySpan<byte> elements = content[(4 + (4 * content[3]))..];
        CheckLength(path, (Int128)count * columns * size, elements.Length);
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = ReadLabel(path, content[2], elements[(i * columns * size)..], i);
        }

        return labels;
    }

    private static int ReadLabel(string path, byte type, ReadOnlySpan<byte> element, int position)
    {
        int label = type switch
        {
            UnsignedByte => element[0],
            9 => (sbyte)element[0],
            11 => BinaryPrimitives.ReadInt16BigEndian(element),
            _ => BinaryPrimitives.ReadInt32BigEndian(element),
        };
        return label is >= 0 and < MaximumClasses ? label : throw DatasetFormatException.In(
            path,
            string.Create(CultureInfo.InvariantCulture, $"label {position} is {label}, and classes are 0 to {MaximumClasses - 1}. The file is damaged or holds no classes."));
    }

    private static int ReadDimension(string path, ReadOnlySpan<byte> content, int offset)
    {
        if (content.Length < offset + sizeof(int))
        {
            throw DatasetFormatException.In(path, "the file ends inside its header. Download or copy it again.");
        }

        int dimension = BinaryPrimitives.ReadInt32BigEndian(content[offset..]);
        return dimension > 0 ? dimension : throw DatasetFormatException.In(
            path,
            "a dimension in the header is not positive. The file is damaged or empty.");
    }

    private static void CheckLength(string path, Int128 declared, int actual)
    {
        if (declared != actual)
        {
            throw DatasetFormatException.In(
                path,
                $"the header promises {declared} bytes of data, the file holds {actual}. Download or copy it again.");
        }
    }
}
