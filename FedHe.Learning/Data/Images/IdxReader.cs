using System.Buffers.Binary;
using FedHe.Learning.Tensors;
using Tensor = FedHe.Learning.Tensors.Tensor;

namespace FedHe.Learning.Data.Images;

/// <summary>An IDX reader reads pairs of an images file and a labels file, as MNIST, Fashion-MNIST and EMNIST have
/// them.</summary>
/// <remarks>Layout: two zero bytes, the element type (8 = unsigned byte), the number of dimensions, the dimensions as
/// big-endian 32-bit integers, then the elements.</remarks>
public static class IdxReader
{
    internal static ReadOnlySpan<byte> ImagesMagic => [0, 0, 8, 3];

    internal static ReadOnlySpan<byte> LabelsMagic => [0, 0, 8, 1];

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
        int[] labels = ParseLabels(labelsPath, BoundedFile.ReadAll(labelsPath));
        if (images.Shape[0] != labels.Length)
        {
            throw DatasetFormatException.In(
                labelsPath,
                $"there are {labels.Length} labels for {images.Shape[0]} images. The two files do not belong together.");
        }

        return new Dataset(Path.GetFileName(imagesPath), images, labels, ImageDecoder.NumberedClasses(labels.Max() + 1));
    }

    internal static bool IsImagesName(string path) =>
        Path.GetFileName(path).Contains("images", StringComparison.OrdinalIgnoreCase);

    internal static LoadedDataset ReadPairOf(string path)
    {
        string[] files = BoundedFile.Guard(path, () => Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!));
        string images = IsImagesName(path) ? path : Counterpart(path, files, "labels", "images");
        string labels = Counterpart(images, files, "images", "labels");
        return new LoadedDataset(ReadPair(images, labels), null, DatasetFormat.Idx);
    }

    internal static LoadedDataset ReadFiles(string folder, string[] files)
    {
        string? training = null;
        string? test = null;
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

        Dataset trainingSet = ReadPair(first, Counterpart(first, files, "images", "labels"));
        if (training is null || test is null)
        {
            return new LoadedDataset(trainingSet, null, DatasetFormat.Idx);
        }

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

    /// <summary>Strips from a name the parts that vary between downloads: compression, extension, the dimension count and
    /// its separator.</summary>
    private static string Stem(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string suffix in (ReadOnlySpan<string>)[".gz", ".idx", "-ubyte", ".ubyte", "idx3", "idx1"])
        {
            name = name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? name[..^suffix.Length] : name;
        }

        return name.TrimEnd('-', '.', '_');
    }

    private static Tensor ParseImages(string path, ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith(ImagesMagic))
        {
            throw DatasetFormatException.In(
                path,
                "this is no IDX file of byte images (it must start with the bytes 00 00 08 03).");
        }

        int count = ReadDimension(path, content, 4);
        int height = ReadDimension(path, content, 8);
        int width = ReadDimension(path, content, 12);
        ReadOnlySpan<byte> pixels = content[16..];
        CheckLength(path, (Int128)count * height * width, pixels.Length);
        var images = Tensor.Uninitialized([count, 1, height, width]);
        ImageDecoder.Decode(pixels, images.Values);
        return images;
    }

    private static int[] ParseLabels(string path, ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith(LabelsMagic))
        {
            throw DatasetFormatException.In(
                path,
                "this is no IDX file of byte labels (it must start with the bytes 00 00 08 01).");
        }

        int count = ReadDimension(path, content, 4);
        CheckLength(path, count, content.Length - 8);
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = content[8 + i];
        }

        return labels;
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
