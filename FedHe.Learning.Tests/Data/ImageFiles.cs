namespace FedHe.Learning.Tests.Data;

/// <summary>The bytes of small, valid image files.</summary>
internal static class ImageFiles
{
    public static byte[] IdxImages(int count, int height = 2, int width = 3) =>
    [
        0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, (byte)height, 0, 0, 0, (byte)width,
        .. Enumerable.Range(0, count * height * width).Select(i => (byte)(i * 51)),
    ];

    public static byte[] IdxLabels(params byte[] labels) => [0, 0, 8, 1, 0, 0, 0, (byte)labels.Length, .. labels];

    public static byte[] Cifar10(params byte[] labels) => [.. labels.SelectMany(label => Record([label]))];

    public static byte[] Cifar100(
        params byte[] labels) => [.. labels.SelectMany(label => Record([(byte)(label / 5), label]))];

    private static IEnumerable<byte> Record(
        byte[] labels) => labels.Concat(Enumerable.Range(0, 3072).Select(i => (byte)(i / 12)));
}
