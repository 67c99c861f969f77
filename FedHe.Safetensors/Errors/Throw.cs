using System.Globalization;

namespace FedHe.Safetensors.Errors;

/// <summary>The error messages of this assembly. Callers write <c>throw Throw.X()</c>.</summary>
internal static class Throw
{
    public static SafetensorsException Truncated()
        => new(SafetensorsError.Truncated, "The file ends before the data that its header describes. Copy or save it again.");

    public static SafetensorsException HeaderTooLong(long limit)
        => new(SafetensorsError.HeaderTooLong, string.Create(
            CultureInfo.InvariantCulture,
            $"The header says that it is longer than {limit} bytes. This is no safetensors file, or raise the limit where such a header is expected."));

    public static SafetensorsException NotJson(Exception? cause = null)
        => new(SafetensorsError.NotJson, "The header is not a JSON object in UTF-8. This is no safetensors file, or it is damaged.", innerException: cause);

    public static SafetensorsException IndexNotJson(Exception? cause = null)
        => new(SafetensorsError.NotJson, "The index is not a JSON object in UTF-8 with a weight_map. Save the model again.", innerException: cause);

    public static SafetensorsException IndexTooLong(long limit)
        => new(SafetensorsError.HeaderTooLong, string.Create(
            CultureInfo.InvariantCulture, $"The index is longer than {limit} bytes. Raise the limit only where such an index is expected."));

    public static SafetensorsException DuplicateName(string name)
        => new(SafetensorsError.DuplicateName, $"The name {Quoted.Name(name)} appears twice. Save the model again with a correct writer.", name);

    public static SafetensorsException WrongField(string name)
        => new(
            SafetensorsError.WrongField,
            $"The header's entry {Quoted.Name(name)} is not of the form that the format prescribes: dtype, shape and data_offsets " +
            "for a tensor, names and strings for __metadata__.",
            name);

    public static SafetensorsException UnknownDtype(string tensor, string dtype)
        => new(
            SafetensorsError.UnknownDtype,
            $"Tensor {Quoted.Name(tensor)} has the element type {Quoted.Name(dtype)}, which is not known here. Save it in another type.",
            tensor);

    public static SafetensorsException TooManyTensors(int limit)
        => new(SafetensorsError.TooMany, string.Create(
            CultureInfo.InvariantCulture, $"The file lists more than {limit} tensors. Raise the limit only where so many are expected."));

    public static SafetensorsException TooMuchMetadata(int limit)
        => new(SafetensorsError.TooMany, string.Create(
            CultureInfo.InvariantCulture, $"The metadata has more than {limit} entries. Raise the limit only where so many are expected."));

    public static SafetensorsException TooManyDimensions(string tensor, int limit)
        => new(SafetensorsError.TooMany, string.Create(
            CultureInfo.InvariantCulture, $"Tensor {Quoted.Name(tensor)} has more than {limit} dimensions. Reshape it."), tensor);

    public static SafetensorsException Overflow(string tensor)
        => new(SafetensorsError.Overflow, $"The shape of tensor {Quoted.Name(tensor)} has more elements than can be counted. The file is damaged.", tensor);

    public static SafetensorsException WrongLength(string tensor)
        => new(
            SafetensorsError.WrongLength,
            $"The offsets of tensor {Quoted.Name(tensor)} do not give the bytes that its shape and element type need. The file is damaged.",
            tensor);

    public static SafetensorsException NotContiguous(string tensor)
        => new(
            SafetensorsError.NotContiguous,
            $"The data of tensor {Quoted.Name(tensor)} does not begin where the tensor before it ends. The format allows no holes " +
            "and no overlaps; tensors that share memory are saved once, under one name.",
            tensor);

    public static SafetensorsException TrailingBytes()
        => new(SafetensorsError.TrailingBytes, "Bytes follow the last tensor. The file is damaged, or holds more than a model.");

    public static SafetensorsException UnsafeFileName(string tensor)
        => new(
            SafetensorsError.UnsafeFileName,
            $"The index puts tensor {Quoted.Name(tensor)} into a file whose name is not a plain one. It must lie beside the index.",
            tensor);

    public static SafetensorsException ShardMissing(string shard)
        => new(SafetensorsError.ShardMissing, $"The file {Quoted.Name(shard)}, which the index names, is missing. Copy all files of the model.");

    public static SafetensorsException IndexMismatch(string shard, string tensor)
        => new(
            SafetensorsError.IndexMismatch,
            $"Index and shard {Quoted.Name(shard)} disagree about tensor {Quoted.Name(tensor)}. Copy all files of one and the same model.",
            tensor);

    public static SafetensorsException UnknownTensor(string tensor)
        => new(SafetensorsError.UnknownTensor, $"The model has no tensor {Quoted.Name(tensor)}.", tensor);

    public static SafetensorsException DtypeNotSupported(string tensor, string dtype, string what)
        => new(SafetensorsError.DtypeNotSupported, $"Tensor {Quoted.Name(tensor)} has the element type {dtype}, {what}", tensor);

    public static SafetensorsException WrongShape(string tensor, IEnumerable<long> expected, IEnumerable<long> actual)
        => new(
            SafetensorsError.WrongShape,
            $"Tensor {Quoted.Name(tensor)} has the shape [{string.Join(", ", actual)}], not [{string.Join(", ", expected)}]. " +
            "Train the model that was handed out, and save it under the same names.",
            tensor);

    public static SafetensorsException NotInLayout(string tensor, string reason)
        => new(SafetensorsError.NotInLayout, $"Tensor {Quoted.Name(tensor)} cannot be averaged: {reason} Rename or reshape it, or keep it local.", tensor);

    public static SafetensorsException NothingToAverage()
        => new(SafetensorsError.NothingToAverage, "The model has no floating tensor that may be averaged.");

    public static SafetensorsException BoundForUnknownTensor(string tensor)
        => new(SafetensorsError.UnknownTensor, $"A bound is given for {Quoted.Name(tensor)}, which the model does not average. Correct the name.", tensor);

    public static SafetensorsException LocalUnknownTensor(string tensor)
        => new(SafetensorsError.UnknownTensor, $"{Quoted.Name(tensor)} is to stay local, but the model has no such tensor. Correct the name.", tensor);

    public static SafetensorsException NotFinite(string tensor, long index)
        => new(SafetensorsError.NotFinite, string.Create(
            CultureInfo.InvariantCulture,
            $"The value at index {index} of tensor {Quoted.Name(tensor)} is not a finite number. Repair the training, or keep the tensor local."), tensor);

    public static SafetensorsException OutsideRange(string tensor, string dtype, long index)
        => new(SafetensorsError.OutsideRange, string.Create(
            CultureInfo.InvariantCulture,
            $"The value at index {index} of tensor {Quoted.Name(tensor)} is beyond the range of {dtype}. Save the tensor in a wider type."), tensor);

    public static SafetensorsException DestinationExists()
        => new(SafetensorsError.DestinationExists, "The destination exists. A model of several files is written to a new folder, so that it appears as a whole.");

    public static SafetensorsException NoCheckpoint()
        => new(
            SafetensorsError.NoCheckpoint,
            "There is no model here. Give a .safetensors file, an index (.safetensors.index.json), or a folder with model.safetensors or " +
            "model.safetensors.index.json.");

    public static SafetensorsException TwoCheckpoints()
        => new(SafetensorsError.NoCheckpoint, "The folder has both model.safetensors and model.safetensors.index.json. Name the one that is meant.");

    public static SafetensorsException WrongValueCount(string tensor)
        => new(SafetensorsError.WrongValueCount, $"Tensor {Quoted.Name(tensor)} was given another number of bytes than its shape needs.", tensor);

    public static SafetensorsException TensorsMissing()
        => new(SafetensorsError.WrongValueCount, "Not all tensors were written. Write every tensor of the header, in its order.");

    public static ArgumentException NotSeekable(string parameter)
        => new("The stream must be readable and seekable, because tensors are read where they lie.", parameter);

    public static ArgumentException BadBound(string parameter)
        => new("A bound must be positive and finite.", parameter);

    public static ArgumentException WrongRange(string parameter)
        => new("The range does not lie within the tensor.", parameter);

    public static SafetensorsException NoAdapter()
        => new(SafetensorsError.NoAdapter, "There is no adapter here. Give a folder with adapter_model.safetensors and adapter_config.json, as PEFT saves them.");

    public static SafetensorsException AdapterIsPickled()
        => new(
            SafetensorsError.NoAdapter,
            "The folder has adapter_model.bin, which can run code when it is read, and is not. Save the adapter again as adapter_model.safetensors.");

    public static SafetensorsException AdapterConfigNotJson(Exception? cause = null)
        => new(
            SafetensorsError.AdapterConfig,
            "The configuration of the adapter is not a JSON object in UTF-8 whose names differ. Save the adapter again.",
            innerException: cause);

    public static SafetensorsException AdapterConfigTooLong(int limit)
        => new(SafetensorsError.AdapterConfig, string.Create(
            CultureInfo.InvariantCulture, $"The configuration of the adapter is longer than {limit} bytes. This is none that PEFT writes."));

    public static SafetensorsException AdapterConfig(string field, string fault, Exception? cause = null)
        => new(SafetensorsError.AdapterConfig, $"The field '{field}' of the adapter's configuration {fault}", innerException: cause);

    public static SafetensorsException AdapterNotSupported(string field, string advice)
        => new(SafetensorsError.AdapterNotSupported, $"The field '{field}' of the adapter's configuration {advice}");

    public static SafetensorsException AdapterUnlikeAnAdapter(string fault)
        => new(SafetensorsError.AdapterNotSupported, fault);

    public static SafetensorsException NotOfAdapter(string tensor)
        => new(
            SafetensorsError.AdapterNotSupported,
            $"Tensor {Quoted.Name(tensor)} is no factor of an adapter. Save adapters alone, in floating types.",
            tensor);

    public static SafetensorsException AdapterNameOfNoFile(string tensor, string wrapper)
        => new(
            SafetensorsError.AdapterMismatch,
            $"Tensor {Quoted.Name(tensor)} has a name under which PEFT would not find it. Name tensors {wrapper}MODULE.lora_A.weight and {wrapper}MODULE.lora_B.weight, without the name of an adapter.",
            tensor);

    public static SafetensorsException AdapterRank(string tensor, int actual, int expected)
        => new(
            SafetensorsError.AdapterMismatch,
            string.Create(CultureInfo.InvariantCulture, $"Tensor {Quoted.Name(tensor)} has rank {actual}, and the configuration says {expected}. Correct r or rank_pattern."),
            tensor);

    public static SafetensorsException AdapterScale(string adapter)
        => new(SafetensorsError.AdapterMismatch, $"No alpha pattern gives adapter {Quoted.Name(adapter)} its scale, because names of modules fit each other's. Rename a module.");

    public static ArgumentException NoAdapters(string parameter)
        => new("Give at least one adapter.", parameter);

    public static ArgumentException NoTargetModules(string parameter)
        => new("Name at least one module with an adapter.", parameter);
}
